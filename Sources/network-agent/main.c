// Makes sockets inside a sandbox's network namespace, for the gateway outside it.
//
// Why a program: joining a user namespace needs a process with one thread (setns(2), EINVAL
// otherwise), which the gateway is not. Why C and static: it starts with every sandbox that has an
// allow list. It joins the process that its first request is about, sets up what the namespace
// needs, and then hands out bound sockets over a SOCK_SEQPACKET socket until that closes. It runs
// nothing and reads no file of the sandbox's.
//
// Usage: network-agent, with the socket as standard input.
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

enum { control_descriptor = 0 };

// Requests and answers, in host byte order but for address and port: both ends are one machine.
// LinuxKernel/Processes/NetworkAgentProgram.swift and Egress/Gateway/NetworkAgent.swift write and
// read the same layout.
enum operation {
    operation_set_up = 1,
    operation_bind_tcp = 2,
    operation_bind_udp = 3,
    operation_watch_local = 4,
    operation_join = 5 // the first one, with the process's descriptor; answered only if it fails
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

// Receives one request; `descriptor` is -1 or what came along. Returns its size, 0 at the end.
static ssize_t receive_request(struct request *request, int *descriptor) {
    struct iovec vector = {request, sizeof *request};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    ssize_t size;
    do size = recvmsg(control_descriptor, &message, MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    *descriptor = -1;
    struct cmsghdr *header = size > 0 ? CMSG_FIRSTHDR(&message) : 0;
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(descriptor, CMSG_DATA(header), sizeof(int));
    return size;
}

// Devices and packet sockets are taken apart by their last close, which waits some 20 ms for grace
// periods of RCU: that would be time until the end of a run is seen. So a copy of each stays here,
// and at the end in a message that lies in its own socket: nobody can receive it, and the kernel's
// collector of such cycles (unix_gc(), its own thread since Linux 6.10) drops it.
static int kept[4];
static unsigned kept_count;

static void leave_kept_to_kernel(void) {
    int descriptors[sizeof kept / sizeof kept[0] + 2];
    if (kept_count == 0) return;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, descriptors) < 0) return;
    memcpy(descriptors + 2, kept, sizeof(int) * kept_count);
    size_t bytes = sizeof(int) * (kept_count + 2);
    char byte = 0;
    struct iovec vector = {&byte, 1};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof descriptors)];
    } control = {.bytes = {0}};
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(&control.header), descriptors, bytes);
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = CMSG_SPACE(bytes)};
    sendmsg(descriptors[0], &message, MSG_DONTWAIT | MSG_NOSIGNAL);
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
    unsigned index = 0;
    int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (device >= 0) {
        struct ifreq interface = {0};
        // A device of a gateway before this one may still be on its way out: another number then.
        strcpy(interface.ifr_name, "refused%d");
        interface.ifr_flags = IFF_TUN | IFF_NO_PI;
        if (ioctl(device, TUNSETIFF, &interface) == 0) {
            framing = framing_packets;
            index = if_nametoindex(interface.ifr_name);
        } else {
            close(device);
            device = -1;
        }
    }
    // A pair of a gateway before this one is as good.
    int paired = device < 0 ? add_pair(netlink) : 0;
    if (device < 0 && (paired == 0 || paired == EEXIST)) {
        unsigned peer = if_nametoindex("refused-peer");
        STEP(bring_up(netlink, peer));
        device = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_ll place = {
            .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)peer};
        STEP(device < 0 || bind(device, (struct sockaddr *)&place, sizeof place) < 0 ? errno : 0);
        framing = framing_ethernet;
        index = if_nametoindex("refused");
    }
    if (framing) {
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

// By descriptor: the pid may be another process's by now, the namespaces may not.
static int join(int process) {
    // The user namespace only where it is another one: joining one's own is EINVAL.
    if (setns(process, CLONE_NEWUSER | CLONE_NEWNET) == 0) return 0;
    if (errno != EINVAL) return errno;
    return setns(process, CLONE_NEWNET) == 0 ? 0 : errno;
}

static struct answer perform(const struct request *request, int *descriptor) {
    switch (request->operation) {
    case operation_set_up: return set_up(descriptor);
    case operation_bind_tcp:
    case operation_bind_udp: return bind_socket(request, descriptor);
    case operation_watch_local: return watch_local(descriptor);
    default: return (struct answer){EINVAL, 0};
    }
}

int main(void) {
    // Nothing of the gateway's comes along but its socket.
    syscall(SYS_close_range, control_descriptor + 1, ~0U, 0);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NAME, "network-agent");
    signal(SIGINT, SIG_IGN); // a terminal's interrupt is for the gateway to act on

    struct request request;
    int process;
    ssize_t size = receive_request(&request, &process);
    if (size == 0) return 0; // nothing came of the sandbox
    if (size != sizeof request || request.operation != operation_join || process < 0) return 125;
    struct answer joined = {join(process), 0};
    close(process);
    if (joined.error) {
        send_answer(joined, -1);
        return 125;
    }
    for (;;) {
        int surplus, descriptor = -1;
        size = receive_request(&request, &surplus);
        if (surplus >= 0) close(surplus);
        if (size == 0) { // the gateway is gone, and its sandbox with it
            leave_kept_to_kernel();
            return 0;
        }
        if (size != sizeof request) return 125;
        struct answer answer = perform(&request, &descriptor);
        int failed = send_answer(answer, descriptor);
        int is_kept = request.operation == operation_set_up || request.operation == operation_watch_local;
        if (descriptor >= 0 && is_kept && kept_count < sizeof kept / sizeof kept[0])
            kept[kept_count++] = descriptor;
        else if (descriptor >= 0)
            close(descriptor);
        if (failed) {
            leave_kept_to_kernel();
            return 125;
        }
    }
}
