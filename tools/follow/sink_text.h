/* SPDX-License-Identifier: GPL-2.0 */
/* Routes as text on standard output, instead of the module. */
#ifndef NS_SINK_TEXT_H
#define NS_SINK_TEXT_H

#include "sink.h"

struct sink *sink_text(const char *vrf, const char *source);

#endif
