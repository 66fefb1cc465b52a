/* SPDX-License-Identifier: GPL-2.0 */
/* Routes into a table of the module. */
#ifndef NS_SINK_KERNEL_H
#define NS_SINK_KERNEL_H

#include "sink.h"

struct sink *sink_kernel(const char *vrf, const char *source);

#endif
