/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arrays of a table, and how they grow and shrink.
 */
#ifndef _NST_ARRAYS_H
#define _NST_ARRAYS_H

#include <linux/types.h>

struct nst_table;
struct nst_table_arrays;
struct work_struct;

#define NST_ORDER_MIN	6	/* order of the first arrays: 61 chunks */

size_t nst_arrays_bytes(unsigned int order);
int nst_arrays_alloc(struct nst_table_arrays *arrays, unsigned int order, gfp_t gfp);
void nst_arrays_free(struct nst_table_arrays *arrays);
void nst_arrays_work(struct work_struct *work);
void nst_arrays_take(struct nst_table *tbl);
void nst_arrays_grow(struct nst_table *tbl);
void nst_arrays_shrink(struct nst_table *tbl);

#endif /* _NST_ARRAYS_H */
