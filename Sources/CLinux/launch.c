// The code between clone and exec. It cannot be Swift: the clone shares the caller's memory, runs
// on a stack of its own and without a thread-local block, so it may call neither the C library
// nor the Swift runtime, only the kernel (see docs/architecture.md).
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "raw_call.h"

enum {
    KERNEL_SIGNAL_BYTES = 8,
    SIGNALS = 64,
    DESCRIPTORS_PER_MESSAGE = 200,  // the kernel takes 253 (unix(7))
    CONTROL_BYTES = CMSG_SPACE(sizeof(int) * DESCRIPTORS_PER_MESSAGE),
};

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

static _Noreturn void leave(int control, const char *subject, long error) {
    if (control >= 0) {
        struct plan_message message;
        for (size_t index = 0; index < sizeof message; index++) ((volatile char *)&message)[index] = 0;
        message.magic = PLAN_MAGIC;
        message.kind = PLAN_MESSAGE_FAILED;
        message.step = -1;
        message.error = (int32_t)-error;
        for (size_t index = 0; subject[index] != 0; index++) message.subject[index] = subject[index];
        lx_raw(SYS_sendto, control, (long)&message, sizeof message, MSG_NOSIGNAL, 0, 0);
    }
    for (;;) lx_raw(SYS_exit_group, 125, 0, 0, 0, 0, 0);
}

static long become_root_of_namespace(void) {
    long result = lx_raw(SYS_setgroups, 0, 0, 0, 0, 0, 0);
    if (result >= 0) result = lx_raw(SYS_setresgid, 0, 0, 0, 0, 0, 0);
    return result < 0 ? result : lx_raw(SYS_setresuid, 0, 0, 0, 0, 0, 0);
}

static long keep_capabilities_over_exec(int last) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    long result = lx_raw(SYS_capget, (long)&header, (long)data, 0, 0, 0, 0);
    data[0].inheritable = data[0].permitted;
    data[1].inheritable = data[1].permitted;
    if (result >= 0) result = lx_raw(SYS_capset, (long)&header, (long)data, 0, 0, 0, 0);
    for (int capability = 0; result >= 0 && capability <= last; capability++) {
        result = lx_raw(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0, 0);
    }
    return result;
}

// Receives the descriptors of one message. Returns how many came.
static long receive_some(int control, int *descriptors) {
    char go = 0;
    struct iovec part = {.iov_base = &go, .iov_len = 1};
    union {
        char bytes[CONTROL_BYTES];
        struct cmsghdr header;
    } ancillary;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.bytes,
        .msg_controllen = sizeof ancillary.bytes};
    long result;
    do result = lx_raw(SYS_recvmsg, control, (long)&message, MSG_CMSG_CLOEXEC, 0, 0, 0);
    while (result == -EINTR);
    // The end of the stream is the end of the launcher.
    if (result != 1) return -ECANCELED;
    if (message.msg_flags & MSG_CTRUNC || message.msg_controllen < CMSG_LEN(0)) return -EMFILE;
    size_t count = (ancillary.header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const int *sent = (const int *)CMSG_DATA(&ancillary.header);
    for (size_t index = 0; index < count; index++) descriptors[index] = sent[index];
    return (long)count;
}

// Receives the descriptors of lx_launch_go, in its order. Returns how many came. The counts in
// `launch` are set before the first message is sent.
static long receive_descriptors(int control, const struct lx_launch *launch, int *descriptors) {
    size_t count = 0, wanted = 1;
    while (count < wanted) {
        int some[DESCRIPTORS_PER_MESSAGE];
        long received = receive_some(control, some);
        if (received <= 0) return received < 0 ? received : -EBADMSG;
        wanted = *(volatile const size_t *)&launch->descriptor_count
            + *(volatile const size_t *)&launch->group_count + 1;
        if (count + (size_t)received > wanted || wanted > LX_LAUNCH_DESCRIPTORS_MAX) return -EBADMSG;
        for (long index = 0; index < received; index++) descriptors[count++] = some[index];
    }
    return (long)count;
}

// Puts the program's descriptors at 0, 1, 2, ...: first all out of the way, then each in its
// place. `program` comes after them.
static long arrange_descriptors(int *descriptors, size_t count, int *program) {
    int above = (int)count + 2;
    for (size_t index = 0; index < count; index++) {
        long copy = lx_raw(SYS_fcntl, descriptors[index], F_DUPFD, above, 0, 0, 0);
        if (copy < 0) return copy;
        descriptors[index] = (int)copy;
    }
    long copy = lx_raw(SYS_fcntl, *program, F_DUPFD, above, 0, 0, 0);
    if (copy < 0) return copy;
    int place = (int)count;
    for (int index = 0; index < place; index++) {
        long result = lx_raw(SYS_dup3, descriptors[index], index, 0, 0, 0, 0);
        if (result < 0) return result;
    }
    long result = lx_raw(SYS_dup3, copy, place, O_CLOEXEC, 0, 0, 0);
    if (result < 0) return result;
    *program = place;
    return lx_raw(SYS_close_range, place + 1, ~0u, 0, 0, 0, 0);
}

static void reset_handlers(void) {
    // struct sigaction of the kernel: handler, flags, restorer, mask; all zero is the default.
    uint64_t action[4] = {0, 0, 0, 0};
    for (int signal = 1; signal <= SIGNALS; signal++) {
        lx_raw(SYS_rt_sigaction, signal, (long)action, 0, KERNEL_SIGNAL_BYTES, 0, 0);
    }
}

// A new network namespace takes half a millisecond, and raising its loopback interface a tenth:
// done here, while the launcher still plans.
static long enter_later_namespaces(uint64_t flags) {
    long result = flags == 0 ? 0 : lx_raw(SYS_unshare, (long)flags, 0, 0, 0, 0, 0);
    if (result < 0 || (flags & CLONE_NEWNET) == 0) return result;
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    long handle = lx_raw(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
    if (handle < 0) return handle;
    result = lx_raw(SYS_ioctl, handle, SIOCSIFFLAGS, (long)&request, 0, 0, 0);
    lx_raw(SYS_close, handle, 0, 0, 0, 0, 0);
    return result;
}

static _Noreturn void enter(void *argument) {
    const struct lx_launch *launch = argument;
    int descriptors[LX_LAUNCH_DESCRIPTORS_MAX];
    // Nothing of the launcher's stays open here but this end of the channel: neither its other end,
    // whose loss is how its death shows, nor that of another clone, which may wait as long.
    const int control = 0;
    long result = lx_raw(SYS_dup3, launch->control, control, 0, 0, 0, 0);
    if (result < 0 && launch->control != control) leave(launch->control, "dup3", result);
    result = lx_raw(SYS_close_range, control + 1, ~0u, 0, 0, 0, 0);
    if (result < 0) leave(control, "close_range", result);
    result = enter_later_namespaces(launch->later_flags);
    if (result < 0) leave(control, "unshare(network)", result);
    result = receive_descriptors(control, launch, descriptors);
    if (result == -ECANCELED) leave(-1, "", 0);
    size_t count = launch->descriptor_count, groups = launch->group_count;
    if (result < 0) leave(control, "recvmsg(descriptors)", result);
    descriptors[PLAN_FD_CONTROL] = control;
    // A thread that moves itself by `tasks` needs no lock on all others. Moved by the launcher, or
    // by `cgroup.procs`, it waits for a grace period of RCU: 5 to 20 ms (cgroup_procs_write_start).
    for (size_t index = count; index < count + groups; index++) {
        result = lx_raw(SYS_write, descriptors[index], (long)"0", 1, 0, 0, 0);
        if (result < 0) leave(control, "write(cgroup tasks)", result);
    }
    reset_handlers();
    // libdispatch gives its threads a nice value by their quality of service, root's below zero: the
    // program's is the process's. Where a thread is at a higher one, an ordinary user cannot go back.
    lx_raw(SYS_setpriority, PRIO_PROCESS, 0, launch->nice, 0, 0, 0);
    if (launch->identity == LX_IDENTITY_ROOT) {
        result = become_root_of_namespace();
        if (result < 0) leave(control, "setresuid", result);
    } else if (launch->identity == LX_IDENTITY_AMBIENT) {
        result = keep_capabilities_over_exec(launch->capability_last);
        if (result < 0) leave(control, "prctl(PR_CAP_AMBIENT)", result);
    }
    int program = descriptors[count + groups];
    result = arrange_descriptors(descriptors, count, &program);
    if (result < 0) leave(control, "dup3", result);
    const char *arguments[] = {"sandbox-init", 0};
    const char *environment[] = {0};
    result = lx_raw(SYS_execveat, program, (long)"", (long)arguments, (long)environment,
                    AT_EMPTY_PATH, 0);
    leave(PLAN_FD_CONTROL, "execveat(sandbox-init)", result);
}

// Runs `body(argument)` in a clone on its own stack; the caller gets the process id.
static long clone_onto(
    struct clone_args *arguments, void (*body)(void *), void *argument) {
    uint64_t all = ~0ull, before = 0;
    lx_raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, KERNEL_SIGNAL_BYTES, 0, 0);
    long pid = lx_raw_clone3(arguments, sizeof *arguments, body, argument);
    if (pid == -ENOSYS && (arguments->flags & CLONE_INTO_CGROUP) == 0) {
        uint64_t flags = (arguments->flags & 0xffffffffu) | arguments->exit_signal;
        pid = lx_raw_clone(flags, arguments->stack + arguments->stack_size,
                           (void *)(uintptr_t)arguments->pidfd, body, argument);
    }
    lx_raw(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, KERNEL_SIGNAL_BYTES, 0, 0);
    return pid;
}

long lx_launch_start(struct lx_launch *launch) {
    // The system call itself returns 20 less the nice value (getpriority(2)).
    long process = lx_raw(SYS_getpid, 0, 0, 0, 0, 0, 0);
    launch->nice = 20 - (int)lx_raw(SYS_getpriority, PRIO_PROCESS, process, 0, 0, 0, 0);
    struct clone_args arguments = {
        .flags = launch->flags | CLONE_VM | CLONE_PIDFD | CLONE_CLEAR_SIGHAND
            | (launch->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uint64_t)(uintptr_t)&launch->pidfd,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)launch->stack,
        .stack_size = launch->stack_bytes,
        .cgroup = launch->cgroup >= 0 ? (uint64_t)launch->cgroup : 0,
    };
    return clone_onto(&arguments, enter, launch);
}

static long send_some(int control, const int *descriptors, size_t count) {
    char go = 1;
    struct iovec part = {.iov_base = &go, .iov_len = 1};
    union {
        char bytes[CONTROL_BYTES];
        struct cmsghdr header;
    } ancillary;
    ancillary.header = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
        .cmsg_len = CMSG_LEN(sizeof(int) * count)};
    memcpy(CMSG_DATA(&ancillary.header), descriptors, sizeof(int) * count);
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = ancillary.bytes,
        .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    for (;;) {
        long sent = sendmsg(control, &message, MSG_NOSIGNAL);
        if (sent >= 0) return 0;
        if (errno != EINTR) return -errno;
    }
}

long lx_launch_go(const struct lx_launch *launch, const int *descriptors, size_t count) {
    if (count > LX_LAUNCH_DESCRIPTORS_MAX) return -EMFILE;
    for (size_t sent = 0; sent < count;) {
        size_t some = count - sent < DESCRIPTORS_PER_MESSAGE ? count - sent : DESCRIPTORS_PER_MESSAGE;
        long result = send_some(launch->control_peer, descriptors + sent, some);
        if (result < 0) return result;
        sent += some;
    }
    return 0;
}

struct holder {
    int pipe;
    int peer;
};

static _Noreturn void hold(void *argument) {
    const struct holder *holder = argument;
    int pipe = holder->pipe;
    char byte;
    lx_raw(SYS_close, holder->peer, 0, 0, 0, 0, 0);
    lx_raw(SYS_read, pipe, (long)&byte, 1, 0, 0, 0);
    leave(-1, "", 0);
}

long lx_namespace_holder(
    uint64_t flags, int pipe, int pipe_peer, void *stack, size_t stack_bytes) {
    // At the stack's far end, which the few frames of hold() never reach.
    struct holder *holder = stack;
    holder->pipe = pipe;
    holder->peer = pipe_peer;
    struct clone_args arguments = {
        .flags = flags | CLONE_VM,
        .exit_signal = SIGCHLD,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = stack_bytes,
    };
    return clone_onto(&arguments, hold, holder);
}
