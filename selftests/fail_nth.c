// SPDX-License-Identifier: GPL-2.0
/*
 * usage: fail_nth N FILE [PARAMETERS]
 *
 * Loads a module with the Nth allocation of that failing, and prints "failed" or "done", and how many allocations before the
 * Nth there were none of: 0 if the Nth failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int nth;

static int must(int result, const char *what)
{
	if (result >= 0)
		return result;
	perror(what);
	exit(2);
}

static void allocation_fails(const char *number)
{
	must(pwrite(nth, number, strlen(number), 0), "fail-nth");
}

int main(int argc, char **argv)
{
	char left[16] = "";
	int file, result;

	if (argc < 3)
		return 2;
	nth = must(open("/proc/thread-self/fail-nth", O_RDWR), "fail-nth");
	file = must(open(argv[2], O_RDONLY), argv[2]);
	allocation_fails(argv[1]);
	result = syscall(SYS_finit_module, file, argc > 3 ? argv[3] : "", 0);
	must(pread(nth, left, sizeof(left) - 1, 0), "fail-nth");
	allocation_fails("0");
	printf("%s %s", result < 0 ? "failed" : "done", left);
	return 0;
}
