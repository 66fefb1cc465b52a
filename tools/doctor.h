/* SPDX-License-Identifier: GPL-2.0 */
/* Why nothing arrives, or why numbers look wrong. */
#ifndef NS_DOCTOR_H
#define NS_DOCTOR_H

struct match;
struct session;

int doctor(struct session *s, const struct match *m);

#endif
