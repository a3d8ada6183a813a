// The code between clone and exec. It cannot be Swift: the clone shares the caller's memory, runs
// on a stack of its own and without a thread-local block, so it may call neither the C library
// nor the Swift runtime, only the kernel (see docs/architecture.md).
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "raw_call.h"

enum { KERNEL_SIGNAL_BYTES = 8, SIGNALS = 64, DESCRIPTORS_MAX = 512, NULL_TERMINATED = 1 };

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

// Puts the descriptors at 0, 1, 2, ...: first all out of the way, then each in its place.
static long arrange_descriptors(const struct lx_launch *launch, int *program) {
    int moved[DESCRIPTORS_MAX];
    int above = (int)launch->descriptor_count + 2;
    for (size_t index = 0; index < launch->descriptor_count; index++) {
        long copy = lx_raw(SYS_fcntl, launch->descriptors[index], F_DUPFD, above, 0, 0, 0);
        if (copy < 0) return copy;
        moved[index] = (int)copy;
    }
    long copy = lx_raw(SYS_fcntl, launch->program, F_DUPFD, above, 0, 0, 0);
    if (copy < 0) return copy;
    int place = (int)launch->descriptor_count;
    for (int index = 0; index < place; index++) {
        long result = lx_raw(SYS_dup3, moved[index], index, 0, 0, 0, 0);
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

static _Noreturn void enter(void *argument) {
    const struct lx_launch *launch = argument;
    int control = launch->descriptors[PLAN_FD_CONTROL];
    char go = 0;
    // Without this copy of the launcher's end, its death is the end of the stream.
    lx_raw(SYS_close, launch->control_peer, 0, 0, 0, 0, 0);
    long result = lx_raw(SYS_recvfrom, control, (long)&go, 1, 0, 0, 0);
    if (result != 1) leave(-1, "", 0);
    // A thread that moves itself by `tasks` needs no lock on all others. Moved by the launcher, or
    // by `cgroup.procs`, it waits for a grace period of RCU: 5 to 20 ms (cgroup_procs_write_start).
    for (size_t index = 0; index < launch->group_count; index++) {
        result = lx_raw(SYS_write, launch->groups[index], (long)"0", 1, 0, 0, 0);
        if (result < 0) leave(control, "write(cgroup tasks)", result);
    }
    reset_handlers();
    if (launch->identity == LX_IDENTITY_ROOT) {
        result = become_root_of_namespace();
        if (result < 0) leave(control, "setresuid", result);
    } else if (launch->identity == LX_IDENTITY_AMBIENT) {
        result = keep_capabilities_over_exec(launch->capability_last);
        if (result < 0) leave(control, "prctl(PR_CAP_AMBIENT)", result);
    }
    int program = -1;
    result = arrange_descriptors(launch, &program);
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
    if (launch->descriptor_count > DESCRIPTORS_MAX) return -EMFILE;
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
