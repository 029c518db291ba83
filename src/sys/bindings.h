/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/livepatch.h>
#include <linux/kallsyms.h>

/* bindgen cannot evaluate the macros themselves. */
static const unsigned long KLP_MODULE_NAME_LEN = MODULE_NAME_LEN;
static const unsigned long KLP_KSYM_NAME_LEN = KSYM_NAME_LEN;
