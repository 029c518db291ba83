// SPDX-License-Identifier: GPL-2.0
/*
 * usage: klp_hammer FILE SEEN VALUE...
 *
 * Reads FILE again and again until it is terminated. The file SEEN has what it was last. In the end prints how often it was each
 * VALUE, and how often something else.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST 8

static volatile sig_atomic_t is_over;

static void end(int number)
{
	(void)number;
	is_over = 1;
}

static void tell(int seen, const char *value)
{
	char line[40];
	int length = snprintf(line, sizeof(line), "%-32s\n", value);

	if (pwrite(seen, line, length, 0) != length)
		perror("klp_hammer");
}

int main(int argc, char **argv)
{
	char value[32], last[32] = "";
	long counts[MOST + 1] = {};
	int file, seen, i, values = argc - 3;
	ssize_t length;

	if (values < 1 || values > MOST)
		return 2;
	signal(SIGTERM, end);
	file = open(argv[1], O_RDONLY);
	seen = open(argv[2], O_WRONLY | O_CREAT, 0600);
	if (file < 0 || seen < 0) {
		perror("klp_hammer");
		return 1;
	}
	while (!is_over) {
		length = pread(file, value, sizeof(value) - 1, 0);
		value[length > 0 ? length : 0] = '\0';
		value[strcspn(value, "\n")] = '\0';
		for (i = 0; i < values && strcmp(value, argv[3 + i]); i++)
			;
		counts[i]++;
		__builtin_ia32_pause(); /* QEMU's one thread goes on to another processor then */
		if (strcmp(value, last))
			tell(seen, strcpy(last, value));
	}
	for (i = 0; i <= values; i++)
		printf("%ld%c", counts[i], i < values ? ' ' : '\n');
	return 0;
}
