/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces of the network namespace, for completion. */
#ifndef NS_NL_LINKS_H
#define NS_NL_LINKS_H

void nl_links(void (*each)(const char *name, const char *kind, void *arg), void *arg);

#endif
