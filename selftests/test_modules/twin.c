// SPDX-License-Identifier: GPL-2.0
/* A second function named klp_test_twin, and a second variable named klp_test_tag. */
#include <linux/module.h>

#include "target.h"

static __used int klp_test_tag = 20;

static volatile int two = 2;

STATIC_PATCHABLE int klp_test_twin(void)
{
	barrier();
	return two;
}

int klp_test_other_twin(void)
{
	return klp_test_twin();
}
