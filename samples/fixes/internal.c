// SPDX-License-Identifier: GPL-2.0
/*
 * Prints whether the kernel's own file system that a mount namespace begins with may be reconfigured. It comes to light when what is
 * mounted on it goes, in a namespace of this program's own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	int namespace;

	if (unshare(CLONE_NEWNS) < 0 || (namespace = open("/proc/self/ns/mnt", O_RDONLY)) < 0 || umount2("/", MNT_DETACH) < 0 ||
	    setns(namespace, CLONE_NEWNS) < 0) {
		perror("the root of a mount namespace");
		return 1;
	}
	if (syscall(SYS_fspick, AT_FDCWD, "/", 0) < 0)
		perror("fspick");
	else
		printf("fspick: done\n");
	return 0;
}
