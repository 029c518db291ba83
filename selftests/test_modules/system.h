/* SPDX-License-Identifier: GPL-2.0 */
/* What the modules whose patches have states share: see system.c. */

/* Sizes that nothing else allocates are how the tests find the data of states. */
struct klp_test_data {
	int saved;
	u8 filling[1000];
};

struct klp_test_data_v3 {
	int saved;
	int migrated_from;
	u8 filling[1004];
};

#define KLP_TEST_VALUES 3
extern int klp_test_values[KLP_TEST_VALUES];

void klp_test_event(const char *module, const char *what);
void klp_test_wait(void);
int klp_test_hold(void);

/* Objects for shadow variables. */
struct klp_test_owner {
	int number;
};

int klp_test_touch(struct klp_test_owner *owner);
int klp_test_start(struct klp_test_owner *owner);
int klp_test_forget(struct klp_test_owner *owner);
void klp_test_dropped(void);
