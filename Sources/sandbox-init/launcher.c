// What pid 1 receives from its launcher while it is set up. The end of the stream, at any time, is the
// end of Drydock, and of the sandbox.
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "state.h"

// Receives one message. The descriptors that came along get the lowest free numbers, in their order,
// and are kept over exec.
static long receive(void *bytes, size_t size, int *descriptors, size_t *count) {
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * PLAN_DESCRIPTORS_PER_MESSAGE)];
        struct cmsghdr header;
    } control;
    struct msghdr packet = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    long received;
    do received = raw(SYS_recvmsg, PLAN_FD_CONTROL, &packet, 0);
    while (received == -EINTR);
    if (received == 0 || received == -ECONNRESET) exit_now(0);
    *count = 0;
    if (packet.msg_controllen >= CMSG_LEN(0) && control.header.cmsg_level == SOL_SOCKET
        && control.header.cmsg_type == SCM_RIGHTS) {
        *count = (control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
        const int *sent = (const int *)CMSG_DATA(&control.header);
        for (size_t index = 0; index < *count; index++) descriptors[index] = sent[index];
    }
    return received < 0 ? received : packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EMFILE : received;
}

const struct plan_header *receive_launch(void) {
    const struct plan_header *header = 0;
    size_t wanted = PLAN_FD_INHERITED;
    // The channel is among the fixed ones already.
    for (size_t next = 0; next < wanted;) {
        int descriptors[PLAN_DESCRIPTORS_PER_MESSAGE];
        size_t count = 0;
        char go;
        if (receive(&go, sizeof go, descriptors, &count) < 0 || count == 0) return 0;
        for (size_t index = 0; index < count; index++, next++) {
            if (next == PLAN_FD_CONTROL) next++;
            if (descriptors[index] != (int)next) return 0;
        }
        if (header == 0) header = map_plan(PLAN_FD_PLAN);
        if (header == 0) return 0;
        wanted = PLAN_FD_INHERITED + header->inherited_count;
        if (next > wanted) return 0;
    }
    return header;
}

// A request without a signal, and what followed it; here for good, as a plan is.
static struct {
    struct plan_request request;
    uint64_t rest[PLAN_BYTES_IN_MESSAGE_MAX / sizeof(uint64_t)];
} word;

// Returns how many bytes followed, and in `descriptor` what came along, or -1.
static uint64_t receive_word(int *descriptor) {
    int descriptors[PLAN_DESCRIPTORS_PER_MESSAGE];
    size_t count = 0;
    long received = receive(&word, sizeof word, descriptors, &count);
    if (received < (long)sizeof word.request || word.request.magic != PLAN_MAGIC
        || word.request.signal != 0) {
        exit_now(0);
    }
    *descriptor = count == 1 ? descriptors[0] : -1;
    return (uint64_t)received - sizeof word.request;
}

void await_word(void) {
    int surplus;
    receive_word(&surplus);
    if (surplus >= 0) raw(SYS_close, surplus);
}

const struct plan_header *receive_plan(void) {
    int descriptor;
    uint64_t bytes = receive_word(&descriptor);
    if (bytes > 0) return check_plan(word.rest, bytes);
    if (descriptor < 0) exit_now(0);
    const struct plan_header *header = map_plan(descriptor);
    raw(SYS_close, descriptor);
    return header;
}

// A thread that moves itself by `tasks` needs no lock on all others. Moved by the launcher, or by
// `cgroup.procs`, it waits for a grace period of RCU: 5 to 20 ms (cgroup_procs_write_start).
long join_groups(void) {
    int groups[PLAN_DESCRIPTORS_PER_MESSAGE];
    size_t count = 0;
    char go;
    long result = receive(&go, sizeof go, groups, &count);
    if (result >= 0 && count == 0) result = -EBADMSG;
    for (size_t index = 0; index < count; index++) {
        if (result >= 0) result = call(SYS_write, groups[index], "0", 1);
        raw(SYS_close, groups[index]);
    }
    return result < 0 ? result : 0;
}
