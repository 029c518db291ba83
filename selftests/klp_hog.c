// SPDX-License-Identifier: GPL-2.0
/*
 * usage: klp_hog MIB
 *
 * Writes to so many MiB of memory and tells the kernel that it may have them back, again and again until it is terminated. If that is
 * more than there is, the kernel always has to reclaim some before anybody gets any, and always can.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1UL << 20)

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) * MIB : 0, at, page;
	volatile char *memory;

	if (!size)
		return 2;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("klp_hog");
		return 1;
	}
	for (at = 0;; at = (at + MIB) % size) {
		for (page = 0; page < MIB; page += 4096)
			memory[at + page] = 1;
		if (madvise((void *)(memory + at), MIB, MADV_FREE)) {
			perror("klp_hog");
			return 1;
		}
		usleep(20000); /* others want the processor, too */
	}
}
