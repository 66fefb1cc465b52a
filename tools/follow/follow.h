/* SPDX-License-Identifier: GPL-2.0 */
/* "netstream routes follow": keep tables of routes true. */
#ifndef NS_FOLLOW_H
#define NS_FOLLOW_H

struct grammar;

int follow_main(const struct grammar *g, int count, char **words);

#endif
