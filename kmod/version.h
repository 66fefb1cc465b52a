/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NST_VERSION_H
#define _NST_VERSION_H

#define NST_VERSION	"0.1.0"

#endif /* _NST_VERSION_H */
