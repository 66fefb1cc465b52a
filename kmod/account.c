// SPDX-License-Identifier: GPL-2.0
/*
 * Accounts of monitors: their memory.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "account.h"

/**
 * nst_account_create - open the account of a monitor
 * @name: name of the monitor
 * @number: its number
 *
 * Context: process, may sleep.
 * Return: the account with one reference, or %NULL for lack of memory.
 */
struct nst_account *nst_account_create(const char *name, u8 number)
{
	struct nst_account *account;

	account = kvzalloc(struct_size(account, cpu, nr_cpu_ids), GFP_KERNEL_ACCOUNT);
	if (!account)
		return NULL;
	refcount_set(&account->ref, 1);
	account->number = number;
	strscpy(account->name, name, sizeof(account->name));
	return account;
}

/**
 * nst_account_put - drop a reference
 * @account: the account; may be %NULL
 *
 * Context: process.
 */
void nst_account_put(struct nst_account *account)
{
	if (account && refcount_dec_and_test(&account->ref))
		kvfree(account);
}
