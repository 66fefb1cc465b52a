/* SPDX-License-Identifier: GPL-2.0 */
/* What hardware does with packets instead of the kernel. */
#ifndef NS_NL_OFFLOAD_H
#define NS_NL_OFFLOAD_H

void nl_offloaded_filters(const char *device,
			  void (*each)(const char *device, const char *kind, void *arg), void *arg);
unsigned long nl_offloaded_routes(void);

#endif /* NS_NL_OFFLOAD_H */
