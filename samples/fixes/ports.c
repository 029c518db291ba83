// SPDX-License-Identifier: GPL-2.0
/* Makes a port of ALSA's sequencer and reads its name again, both by the ioctls of programs of 32 bits. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

struct port_info { /* struct snd_seq_port_info of 32 bits */
	uint8_t client, port;
	char name[64];
	uint32_t numbers[7], kernel, flags;
	uint8_t time_queue, reserved[59];
};

#define CLIENT_ID _IOR('S', 0x01, int)
#define CREATE_PORT _IOWR('S', 0x20, struct port_info)
#define GET_PORT_INFO _IOWR('S', 0x22, struct port_info)

static void ioctl_of_32_bits(int fd, uint32_t command, struct port_info *port)
{
	int result;

	asm volatile("int $0x80" : "=a"(result) : "a"(54), "b"(fd), "c"(command), "d"((uint32_t)(uintptr_t)port) : "memory");
	if (result < 0) {
		errno = -result;
		perror("ioctl");
		exit(1);
	}
}

int main(void)
{
	struct port_info *port = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int fd = open("/dev/snd/seq", O_RDWR), client;

	if (fd < 0 || port == MAP_FAILED || ioctl(fd, CLIENT_ID, &client) < 0) {
		perror("/dev/snd/seq");
		return 1;
	}
	port->client = client;
	strcpy(port->name, "a port");
	ioctl_of_32_bits(fd, CREATE_PORT, port);
	memset(port->name, 0, sizeof(port->name));
	ioctl_of_32_bits(fd, GET_PORT_INFO, port);
	printf("%s\n", port->name);
	return 0;
}
