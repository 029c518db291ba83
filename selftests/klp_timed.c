// SPDX-License-Identifier: GPL-2.0
/*
 * usage: klp_timed load FILE PARAMETERS | disable PATCH
 *
 * Loads a module or disables a patch, and waits until there is no transition any more. Prints the number of the error, 0 if
 * there was none, and how many microseconds it all took.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int load(const char *path, const char *parameters)
{
	int file = open(path, O_RDONLY);

	return file < 0 ? -1 : syscall(SYS_finit_module, file, parameters, 0);
}

static int write_to(const char *path, const char *text)
{
	int file = open(path, O_WRONLY);

	return file < 0 ? -1 : write(file, text, strlen(text));
}

/* A patch that is disabled has no file any more; a module that is none has never had one. */
static int is_in_transition(const char *path)
{
	char state = '0';
	int file = open(path, O_RDONLY);

	if (file < 0)
		return 0;
	if (read(file, &state, 1) != 1)
		state = '0';
	close(file);
	return state != '0';
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	char enabled[256], transition[256], *patch;
	long long began;
	int result;

	if (argc < 3)
		return 2;
	patch = strdup(basename(strdup(argv[2])));
	patch[strcspn(patch, ".")] = '\0';
	snprintf(enabled, sizeof(enabled), "/sys/kernel/livepatch/%s/enabled", patch);
	snprintf(transition, sizeof(transition), "/sys/kernel/livepatch/%s/transition", patch);

	began = now();
	result = strcmp(argv[1], "load") ? write_to(enabled, "0") : load(argv[2], argc > 3 ? argv[3] : "");
	if (result < 0) {
		printf("%d %lld\n", errno, now() - began);
		return 0;
	}
	while (is_in_transition(transition))
		usleep(1000);
	printf("0 %lld\n", now() - began);
	return 0;
}
