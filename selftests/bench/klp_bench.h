/* SPDX-License-Identifier: GPL-2.0 */
#define KLP_BENCH_SHADOW 77

struct klp_bench_owner {
	long number;
};

long klp_bench_pass(long value);
long klp_bench_shadow(struct klp_bench_owner *from);
long klp_bench_original(long value);
void klp_bench_begin(void);
void klp_bench_end(void);
