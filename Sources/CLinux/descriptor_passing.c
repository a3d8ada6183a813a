#include "lx_descriptor_passing.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

long lx_receive_descriptor(int socket, void *buffer, size_t size, size_t *received, int *descriptor) {
    *received = 0;
    *descriptor = -1;
    struct iovec vector = {buffer, size};
    // Room for a few more than allowed, so that a surplus is seen and closed instead of lost.
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * 8)];
    } control;
    struct msghdr message = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    ssize_t count;
    do count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;

    int failure = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? EMSGSIZE : 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t descriptors = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < descriptors; index++) {
            int value;
            memcpy(&value, CMSG_DATA(header) + index * sizeof(int), sizeof value);
            if (*descriptor < 0 && !failure) {
                *descriptor = value;
            } else {
                close(value);
                failure = EMSGSIZE;
            }
        }
    }
    if (failure) {
        if (*descriptor >= 0) close(*descriptor);
        *descriptor = -1;
        return -failure;
    }
    *received = (size_t)count;
    return 0;
}
