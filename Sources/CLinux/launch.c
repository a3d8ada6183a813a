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
    CONTROL_BYTES = CMSG_SPACE(sizeof(int) * PLAN_DESCRIPTORS_PER_MESSAGE),
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

// Receives the program, which is closed when it is executed.
static long receive_program(int control) {
    char go = 0;
    struct iovec part = {.iov_base = &go, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
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
    if (message.msg_controllen < CMSG_LEN(sizeof(int))) return -EMFILE;
    return *(const int *)CMSG_DATA(&ancillary.header);
}

// Nothing of the launcher's stays open here but this end of the channel: neither its other end,
// whose loss is how its death shows, nor that of another clone, which may wait as long.
static long keep_only_control(int control) {
    long result = control == PLAN_FD_CONTROL
        ? lx_raw(SYS_fcntl, control, F_SETFD, 0, 0, 0, 0)
        : lx_raw(SYS_dup3, control, PLAN_FD_CONTROL, 0, 0, 0, 0);
    if (result >= 0) result = lx_raw(SYS_close_range, 0, PLAN_FD_CONTROL - 1, 0, 0, 0, 0);
    return result < 0 ? result
                      : lx_raw(SYS_close_range, PLAN_FD_CONTROL + 1, ~0u, 0, 0, 0, 0);
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
    long result = keep_only_control(launch->control);
    if (result < 0) leave(launch->control, "dup3", result);
    const int control = PLAN_FD_CONTROL;
    // What needs nothing of the plan comes before the wait.
    reset_handlers();
    // libdispatch gives its threads a nice value by their quality of service, root's below zero: the
    // program's is the process's. Where a thread is at a higher one, an ordinary user cannot go back.
    lx_raw(SYS_setpriority, PRIO_PROCESS, 0, launch->nice, 0, 0, 0);
    result = enter_later_namespaces(launch->later_flags);
    if (result < 0) leave(control, "unshare(network)", result);
    long program = receive_program(control);
    if (program == -ECANCELED) leave(-1, "", 0);
    if (program < 0) leave(control, "recvmsg(program)", program);
    enum lx_identity identity = *(volatile const enum lx_identity *)&launch->identity;
    if (identity == LX_IDENTITY_ROOT) {
        result = become_root_of_namespace();
        if (result < 0) leave(control, "setresuid", result);
    } else if (identity == LX_IDENTITY_AMBIENT) {
        result = keep_capabilities_over_exec(launch->capability_last);
        if (result < 0) leave(control, "prctl(PR_CAP_AMBIENT)", result);
    }
    const char *arguments[] = {"sandbox-init", 0};
    const char *environment[] = {0};
    result = lx_raw(SYS_execveat, program, (long)"", (long)arguments, (long)environment,
                    AT_EMPTY_PATH, 0);
    leave(control, "execveat(sandbox-init)", result);
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

long lx_send_descriptors(int socket, const int *descriptors, size_t count) {
    for (size_t sent = 0; sent < count;) {
        size_t some = count - sent < PLAN_DESCRIPTORS_PER_MESSAGE
            ? count - sent : PLAN_DESCRIPTORS_PER_MESSAGE;
        long result = send_some(socket, descriptors + sent, some);
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
