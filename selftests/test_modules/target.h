/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Its callers know nothing of what it does; a compiler would else compute results from what it sees a function return, and leave out
 * arguments that it sees unused. clang looks into all functions but weak ones: one that is static has to use all its arguments,
 * and return what cannot be known.
 */
#if __has_attribute(__noipa__)
#define PATCHABLE __attribute__((__noipa__))
#define STATIC_PATCHABLE static PATCHABLE
#else
#define PATCHABLE __attribute__((__noinline__, __weak__))
#define STATIC_PATCHABLE static __attribute__((__noinline__, __optnone__))
#endif

struct klp_test_pair {
	unsigned long first, second;
};

long klp_test_add(long a, long b);
long klp_test_six(s8 a, u16 b, int c, unsigned long d, void *e, bool f);
struct klp_test_pair klp_test_pair(unsigned long first, unsigned long second);
int klp_test_nap(void);
int klp_test_other_twin(void);
