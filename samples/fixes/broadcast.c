// SPDX-License-Identifier: GPL-2.0
/*
 * Sends a packet through a team whose only port has no carrier, and prints how much memory of the packet its socket is charged for
 * afterwards. The team, "team0" of "dummy0" in the mode "broadcast", is made if it is not there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_team.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TYPE_STRING = 5 }; /* the kernel's NLA_STRING, which it does not export */

static union {
	struct nlmsghdr header;
	char bytes[4096];
} message;

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void *append(const void *data, size_t length)
{
	void *place = message.bytes + NLMSG_ALIGN(message.header.nlmsg_len);

	memcpy(place, data, length);
	message.header.nlmsg_len = NLMSG_ALIGN(message.header.nlmsg_len) + length;
	return place;
}

static void begin(int type, int flags, const void *data, size_t length)
{
	memset(&message, 0, sizeof(message));
	message.header.nlmsg_type = type;
	message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	message.header.nlmsg_len = NLMSG_LENGTH(0);
	append(data, length);
}

static void attribute(int type, const void *data, size_t length)
{
	struct nlattr header = { .nla_len = NLA_HDRLEN + length, .nla_type = type };

	append(&header, sizeof(header));
	append(data, length);
}

static struct nlattr *open_nest(int type)
{
	struct nlattr header = { .nla_type = type | NLA_F_NESTED };

	return append(&header, sizeof(header));
}

static void close_nest(struct nlattr *nest)
{
	message.header.nlmsg_len = NLMSG_ALIGN(message.header.nlmsg_len);
	nest->nla_len = message.bytes + message.header.nlmsg_len - (char *)nest;
}

/* The first answer is left in the message. */
static void talk(int protocol, const char *what)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);
	struct nlmsgerr *error = NLMSG_DATA(&message.header);

	if (fd < 0 || send(fd, &message, message.header.nlmsg_len, 0) < 0 || recv(fd, &message, sizeof(message), 0) < 0)
		give_up(what);
	close(fd);
	/* A team says ESRCH when it has done what was asked and nobody listens to its events. */
	if (message.header.nlmsg_type == NLMSG_ERROR && error->error && error->error != -ESRCH) {
		errno = -error->error;
		give_up(what);
	}
}

static void make_team(void)
{
	struct ifinfomsg link = {};
	struct nlattr *info;

	begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	attribute(IFLA_IFNAME, "team0", sizeof("team0"));
	info = open_nest(IFLA_LINKINFO);
	attribute(IFLA_INFO_KIND, "team", sizeof("team"));
	close_nest(info);
	talk(NETLINK_ROUTE, "a new team");
}

static int team_family(void)
{
	struct genlmsghdr get = { .cmd = CTRL_CMD_GETFAMILY };
	struct nlattr *at;

	begin(GENL_ID_CTRL, 0, &get, sizeof(get));
	attribute(CTRL_ATTR_FAMILY_NAME, TEAM_GENL_NAME, sizeof(TEAM_GENL_NAME));
	talk(NETLINK_GENERIC, "the netlink family team");
	for (at = (void *)(message.bytes + NLMSG_LENGTH(GENL_HDRLEN)); (char *)at < message.bytes + message.header.nlmsg_len;
	     at = (void *)((char *)at + NLA_ALIGN(at->nla_len)))
		if (at->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(__u16 *)(at + 1);
	errno = ENOENT;
	give_up("the netlink family team");
	return 0;
}

static void set_mode(void)
{
	struct genlmsghdr set = { .cmd = TEAM_CMD_OPTIONS_SET, .version = TEAM_GENL_VERSION };
	struct nlattr *options, *option;
	__u32 team = if_nametoindex("team0");
	__u8 type = TYPE_STRING;

	begin(team_family(), 0, &set, sizeof(set));
	attribute(TEAM_ATTR_TEAM_IFINDEX, &team, sizeof(team));
	options = open_nest(TEAM_ATTR_LIST_OPTION);
	option = open_nest(TEAM_ATTR_ITEM_OPTION);
	attribute(TEAM_ATTR_OPTION_NAME, "mode", sizeof("mode"));
	attribute(TEAM_ATTR_OPTION_TYPE, &type, sizeof(type));
	attribute(TEAM_ATTR_OPTION_DATA, "broadcast", sizeof("broadcast"));
	close_nest(option);
	close_nest(options);
	talk(NETLINK_GENERIC, "the mode broadcast");
}

static void change_link(const char *name, unsigned int flags, const char *master)
{
	struct ifinfomsg link = { .ifi_index = if_nametoindex(name), .ifi_flags = flags, .ifi_change = IFF_UP };
	__u32 index = master ? if_nametoindex(master) : 0;

	begin(RTM_NEWLINK, 0, &link, sizeof(link));
	if (master)
		attribute(IFLA_MASTER, &index, sizeof(index));
	talk(NETLINK_ROUTE, name);
}

static int open_file(const char *link, const char *file, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", link, file);
	fd = open(path, flags);
	if (fd < 0)
		give_up(path);
	return fd;
}

static void set_carrier(const char *link, char value)
{
	int fd = open_file(link, "carrier", O_WRONLY);

	if (write(fd, &value, 1) != 1)
		give_up(link);
	close(fd);
}

/* Until the file begins so: what a change of a carrier leads to is done later. */
static void wait_for(const char *link, const char *file, char value)
{
	int tries, fd = open_file(link, file, O_RDONLY);
	char now = 0;

	for (tries = 0; tries < 6000 && now != value; tries++) {
		usleep(10000);
		if (pread(fd, &now, 1, 0) != 1)
			give_up(file);
	}
	close(fd);
}

int main(void)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_halen = ETH_ALEN };
	char packet[60] = {};
	int fd, charged;

	if (!if_nametoindex("team0")) {
		make_team();
		set_mode();
		change_link("dummy0", 0, "team0");
		change_link("team0", IFF_UP, NULL);
		wait_for("team0", "operstate", 'u');
		set_carrier("dummy0", '0');
		wait_for("team0", "operstate", 'd');
		set_carrier("team0", '1');
		wait_for("team0", "operstate", 'u');
		change_link("team0", IFF_UP, NULL); /* waits for the lock under which its queue is made */
	}
	to.sll_ifindex = if_nametoindex("team0");
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		give_up("a packet socket");
	if (sendto(fd, packet, sizeof(packet), 0, (void *)&to, sizeof(to)) < 0 && errno != ENOBUFS)
		give_up("to team0");
	if (ioctl(fd, SIOCOUTQ, &charged) < 0)
		give_up("SIOCOUTQ");
	printf("%s\n", charged ? "the packet is still there" : "the packet is freed");
	return 0;
}
