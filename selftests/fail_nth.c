// SPDX-License-Identifier: GPL-2.0
/*
 * usage: fail_nth N load FILE [PARAMETERS]
 *        fail_nth N write FILE TEXT
 *        fail_nth N read FILE
 *
 * Loads a module, or writes to a file, or reads one, with the Nth allocation of that failing. Prints "failed" or "done", how many
 * allocations before the Nth there were none of (0 if the Nth failed), and what was read.
 */
#include <fcntl.h>
#include <stdbool.h>
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
	char left[16] = "", text[256] = "\n";
	const char *action, *value;
	int file, result;
	bool writes;

	if (argc < 4)
		return 2;
	action = argv[2], value = argc > 4 ? argv[4] : "";
	writes = !strcmp(action, "write");
	nth = must(open("/proc/thread-self/fail-nth", O_RDWR), "fail-nth");
	file = must(open(argv[3], writes ? O_WRONLY : O_RDONLY), argv[3]);
	allocation_fails(argv[1]);
	if (writes)
		result = write(file, value, strlen(value));
	else if (!strcmp(action, "read"))
		result = read(file, text, sizeof(text) - 1);
	else
		result = syscall(SYS_finit_module, file, value, 0);
	must(pread(nth, left, sizeof(left) - 1, 0), "fail-nth");
	allocation_fails("0");
	printf("%s %d %s", result < 0 ? "failed" : "done", atoi(left), text);
	return 0;
}
