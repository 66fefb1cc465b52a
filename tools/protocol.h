/* SPDX-License-Identifier: GPL-2.0 */
/* Names of protocols. */
#ifndef NS_PROTOCOL_H
#define NS_PROTOCOL_H

const char *protocol_name(unsigned int protocol);
int protocol_number(const char *word);

#endif
