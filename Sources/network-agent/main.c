// Makes sockets inside a sandbox's network namespace, for the gateway outside it.
//
// Why a program: joining a user namespace needs a process with one thread (setns(2), EINVAL
// otherwise), which the gateway is not. Why C and static: it starts with every sandbox that has an
// allow list. It joins, sets up what the namespace needs, and then hands out bound sockets over a
// SOCK_SEQPACKET socket until that closes. It runs nothing and reads no file of the sandbox's.
//
// Usage: network-agent PID, with the socket as descriptor 3.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { control_descriptor = 3 };

// Requests and answers, in host byte order but for address and port: both ends are one machine.
// Sources/Egress/Gateway/NetworkAgent.swift writes and reads the same layout.
enum operation {
    operation_set_up = 1,
    operation_bind_tcp = 2,
    operation_bind_udp = 3,
    operation_watch_local = 4
};
// What the set-up's descriptor reads and writes: packets, or packets behind an Ethernet header.
enum framing { framing_packets = 1, framing_ethernet = 2 };
struct request {
    uint32_t operation;
    uint8_t address[4];
    uint16_t port; // network order
    uint16_t reserved;
};
struct answer {
    int32_t error; // errno, 0 for success
    uint32_t step; // which part of set-up failed; after set-up, what its descriptor reads
};

static int send_answer(struct answer answer, int descriptor) {
    struct iovec vector = {&answer, sizeof answer};
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(control_descriptor, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

// --- rtnetlink(7): one message, one acknowledgement --------------------------------------------

struct netlink_message {
    struct nlmsghdr header;
    char body[512];
};

static void add_attribute(struct netlink_message *message, uint16_t type, const void *data, size_t size) {
    struct rtattr *attribute =
        (struct rtattr *)((char *)message + NLMSG_ALIGN(message->header.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    memcpy(RTA_DATA(attribute), data, size);
    message->header.nlmsg_len =
        NLMSG_ALIGN(message->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
}

static int exchange(int netlink, struct netlink_message *message) {
    message->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    if (send(netlink, message, message->header.nlmsg_len, 0) < 0) return errno;
    char buffer[1024];
    ssize_t count = recv(netlink, buffer, sizeof buffer, 0);
    if (count < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr))) return EPROTO;
    struct nlmsghdr *header = (struct nlmsghdr *)buffer;
    if (header->nlmsg_type != NLMSG_ERROR) return EPROTO;
    return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
}

static unsigned loopback_index;

static int bring_up(int netlink, unsigned index) {
    struct netlink_message message = {0};
    message.header.nlmsg_type = RTM_NEWLINK;
    message.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
    struct ifinfomsg *link = NLMSG_DATA(&message.header);
    link->ifi_index = (int)index;
    // Nobody answers ARP here, and nobody has to: the one neighbour takes everything.
    link->ifi_flags = IFF_UP | IFF_NOARP;
    link->ifi_change = IFF_UP | (index == loopback_index ? 0 : IFF_NOARP);
    return exchange(netlink, &message);
}

static int add_address(int netlink, unsigned index, const char *text) {
    struct netlink_message message = {0};
    message.header.nlmsg_type = RTM_NEWADDR;
    message.header.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
    message.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg));
    struct ifaddrmsg *address = NLMSG_DATA(&message.header);
    address->ifa_family = AF_INET;
    address->ifa_prefixlen = 32;
    address->ifa_index = index;
    struct in_addr value;
    inet_pton(AF_INET, text, &value);
    add_attribute(&message, IFA_LOCAL, &value, sizeof value);
    add_attribute(&message, IFA_ADDRESS, &value, sizeof value);
    return exchange(netlink, &message);
}

// `text` empty is the default route. RTN_LOCAL makes a whole block this machine's own.
static int add_route(int netlink, int family, unsigned index, unsigned char type, const char *text,
                     unsigned char bits) {
    struct netlink_message message = {0};
    message.header.nlmsg_type = RTM_NEWROUTE;
    message.header.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
    message.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg));
    struct rtmsg *route = NLMSG_DATA(&message.header);
    route->rtm_family = (unsigned char)family;
    route->rtm_dst_len = bits;
    route->rtm_table = type == RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
    route->rtm_type = type;
    if (*text) {
        struct in_addr value;
        inet_pton(AF_INET, text, &value);
        add_attribute(&message, RTA_DST, &value, sizeof value);
    }
    add_attribute(&message, RTA_OIF, &index, sizeof index);
    return exchange(netlink, &message);
}

static void end_attribute(struct netlink_message *message, struct rtattr *attribute) {
    attribute->rta_len =
        (unsigned short)((char *)message + NLMSG_ALIGN(message->header.nlmsg_len) - (char *)attribute);
}

// A veth pair, both ends here: what is routed into `refused` comes out of `refused-peer`.
static int add_pair(int netlink) {
    struct netlink_message message = {0};
    message.header.nlmsg_type = RTM_NEWLINK;
    message.header.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    message.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg));
    add_attribute(&message, IFLA_IFNAME, "refused", sizeof "refused");
    struct rtattr *info = (struct rtattr *)((char *)&message + NLMSG_ALIGN(message.header.nlmsg_len));
    add_attribute(&message, IFLA_LINKINFO, "", 0);
    add_attribute(&message, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = (struct rtattr *)((char *)&message + NLMSG_ALIGN(message.header.nlmsg_len));
    add_attribute(&message, IFLA_INFO_DATA, "", 0);
    struct rtattr *peer = (struct rtattr *)((char *)&message + NLMSG_ALIGN(message.header.nlmsg_len));
    struct ifinfomsg none = {0};
    add_attribute(&message, VETH_INFO_PEER, &none, sizeof none);
    add_attribute(&message, IFLA_IFNAME, "refused-peer", sizeof "refused-peer");
    end_attribute(&message, peer);
    end_attribute(&message, data);
    end_attribute(&message, info);
    return exchange(netlink, &message);
}

// --- Operations --------------------------------------------------------------------------------

// Loopback up, the made-up block local, and a device that everything else goes to: nobody forwards
// from it, so there is no way out, but the gateway sees what was tried and can refuse it at once.
static struct answer set_up(int *tun) {
    struct answer answer = {0, 0};
#define STEP(expression)                                                                           \
    do {                                                                                           \
        answer.step++;                                                                             \
        answer.error = (expression);                                                               \
        if (answer.error) return answer;                                                           \
    } while (0)
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    STEP(netlink < 0 ? errno : 0);
    unsigned loopback = loopback_index = if_nametoindex("lo");
    STEP(loopback ? 0 : errno);
    STEP(bring_up(netlink, loopback));
    STEP(add_address(netlink, loopback, "198.18.0.1"));
    STEP(add_route(netlink, AF_INET, loopback, RTN_LOCAL, "198.18.0.0", 15));

    // A tun device where it may be opened; else, for users without rights on /dev/net/tun, a veth
    // pair and a packet socket on its far end. Without either, refused addresses have no route:
    // refused all the same, not reported.
    uint32_t framing = 0;
    int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (device >= 0) {
        struct ifreq interface = {0};
        strcpy(interface.ifr_name, "refused");
        interface.ifr_flags = IFF_TUN | IFF_NO_PI;
        if (ioctl(device, TUNSETIFF, &interface) == 0) {
            framing = framing_packets;
        } else {
            close(device);
            device = -1;
        }
    }
    if (device < 0 && add_pair(netlink) == 0) {
        unsigned peer = if_nametoindex("refused-peer");
        STEP(bring_up(netlink, peer));
        device = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_ll place = {
            .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)peer};
        STEP(device < 0 || bind(device, (struct sockaddr *)&place, sizeof place) < 0 ? errno : 0);
        framing = framing_ethernet;
    }
    if (framing) {
        unsigned index = if_nametoindex("refused");
        STEP(add_address(netlink, index, "198.18.0.2"));
        STEP(bring_up(netlink, index));
        STEP(add_route(netlink, AF_INET, index, RTN_UNICAST, "", 0));
        // A kernel without IPv6 has nothing to refuse there.
        (void)add_route(netlink, AF_INET6, index, RTN_UNICAST, "", 0);
        *tun = device;
    }
    answer.step = framing;
    close(netlink);
    return answer;
#undef STEP
}

static struct answer bind_socket(const struct request *request, int *result) {
    struct answer answer = {0, 0};
    int type = request->operation == operation_bind_tcp ? SOCK_STREAM : SOCK_DGRAM;
    int descriptor = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        answer.error = errno;
        return answer;
    }
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = request->port};
    memcpy(&address.sin_addr, request->address, 4);
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ||
        (type == SOCK_STREAM && listen(descriptor, 1024) < 0)) {
        answer.error = errno;
        close(descriptor);
        return answer;
    }
    *result = descriptor;
    return answer;
}

// UDP to the made-up block goes nowhere but to the resolver: the kernel refuses it at once, and this
// socket sees it, so that it is in the report (QUIC to an allowed name, RFC 9000). The filter keeps
// everything else, all connections above all, from being copied: IPv4, UDP, 198.18.0.0/15, not port
// 53; the offsets are those of a cooked packet, which begins with the IP header.
static struct answer watch_local(int *result) {
    struct answer answer = {0, 0};
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 9),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xfffe0000),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc6120000, 0, 6),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        // Neither questions to the resolver nor its answers.
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 53, 3, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 53, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 128),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    // Bound to no protocol until the filter is there.
    int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_ll place = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_IP),
        .sll_ifindex = (int)if_nametoindex("lo")};
    if (descriptor < 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
        bind(descriptor, (struct sockaddr *)&place, sizeof place) < 0) {
        answer.error = errno;
        if (descriptor >= 0) close(descriptor);
        return answer;
    }
    *result = descriptor;
    return answer;
}

int main(int count, char **arguments) {
    if (count != 2) return 125;
    int pid = atoi(arguments[1]);
    // Nothing of the gateway's comes along but its socket.
    syscall(SYS_close_range, control_descriptor + 1, ~0U, 0);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "network-agent");
    signal(SIGINT, SIG_IGN); // a terminal's interrupt is for the gateway to act on

    // By descriptor: the pid may be another process's after this, the namespaces may not.
    struct answer joined = {0, 0};
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) joined.error = errno;
    // The user namespace only where it is another one: joining one's own is EINVAL.
    if (!joined.error && setns(pidfd, CLONE_NEWUSER | CLONE_NEWNET) < 0 &&
        (errno != EINVAL || setns(pidfd, CLONE_NEWNET) < 0))
        joined.error = errno;
    if (pidfd >= 0) close(pidfd);
    if (joined.error) {
        send_answer(joined, -1);
        return 125;
    }

    for (;;) {
        struct request request;
        ssize_t size = recv(control_descriptor, &request, sizeof request, 0);
        if (size < 0 && errno == EINTR) continue;
        if (size == 0) return 0; // the gateway is gone, and its sandbox with it
        if (size != sizeof request) return 125;
        int descriptor = -1;
        struct answer answer = {EINVAL, 0};
        if (request.operation == operation_set_up) answer = set_up(&descriptor);
        if (request.operation == operation_bind_tcp || request.operation == operation_bind_udp)
            answer = bind_socket(&request, &descriptor);
        if (request.operation == operation_watch_local) answer = watch_local(&descriptor);
        int failed = send_answer(answer, descriptor);
        if (descriptor >= 0) close(descriptor);
        if (failed) return 125;
    }
}
