#include "lx_audit.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static long failure(int handle) {
    long error = -errno;
    if (handle >= 0) close(handle);
    return error;
}

long lx_audit_is_enabled(void) {
    int handle = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
    if (handle < 0) return failure(handle);
    struct nlmsghdr request = {
        .nlmsg_len = sizeof request, .nlmsg_type = AUDIT_GET, .nlmsg_flags = NLM_F_REQUEST};
    struct timeval limit = {.tv_sec = 1};
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (send(handle, &request, sizeof request, 0) < 0) return failure(handle);
    union {
        char bytes[1024];
        struct nlmsghdr header;
    } reply;
    ssize_t count = recv(handle, reply.bytes, sizeof reply.bytes, 0);
    if (count < 0) return failure(handle);
    close(handle);
    if ((size_t)count < NLMSG_HDRLEN + offsetof(struct audit_status, failure)) return -EBADMSG;
    if (reply.header.nlmsg_type == NLMSG_ERROR) {
        struct nlmsgerr error;
        memcpy(&error, NLMSG_DATA(&reply.header), sizeof error);
        return error.error < 0 ? error.error : -EBADMSG;
    }
    struct audit_status status;
    memset(&status, 0, sizeof status);
    size_t known = (size_t)count - NLMSG_HDRLEN;
    memcpy(&status, NLMSG_DATA(&reply.header), known < sizeof status ? known : sizeof status);
    return status.enabled != 0;
}

long lx_audit_listen(void) {
    int handle = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);
    if (handle < 0) return failure(handle);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1)};
    int room = 1 << 20;
    setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(handle, (struct sockaddr *)&address, sizeof address) < 0) return failure(handle);
    return handle;
}

long lx_audit_read(int listener, char *text, size_t size, int *type) {
    union {
        char bytes[16384];
        struct nlmsghdr header;
    } record;
    ssize_t count = recv(listener, record.bytes, sizeof record.bytes, MSG_DONTWAIT);
    if (count < 0) return -errno;
    if ((size_t)count < NLMSG_HDRLEN) return -EBADMSG;
    *type = record.header.nlmsg_type;
    size_t length = (size_t)count - NLMSG_HDRLEN;
    if (length > size) length = size;
    memcpy(text, record.bytes + NLMSG_HDRLEN, length);
    return (long)length;
}
