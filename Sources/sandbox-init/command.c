// Runs the command as a child, reaps every process of the sandbox, and ends them all when the
// command has ended or Drydock is gone.
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "state.h"

enum { KERNEL_SIGNAL_BYTES = 8, STACK_BYTES = 16384, ARGUMENTS_MAX = 1 << 20 };

static const uint64_t child_signal = 1ull << (SIGCHLD - 1);

// The child of vfork's kind: shares memory with pid 1 until it executes or exits.
struct launch {
    const char *const *arguments;
    const char *const *environment;
    const char *search_path;
    uint64_t file_mask;
    int has_terminal;
    long error;
};

// As execvp(3): the first entry of the search path that can be executed.
static long execute(const struct launch *launch) {
    const char *name = launch->arguments[0];
    if (text_has_slash(name)) {
        return raw(SYS_execve, name, launch->arguments, launch->environment);
    }
    char path[4096];
    long result = -ENOENT;
    const char *entry = launch->search_path;
    while (*name != 0 && *entry != 0) {
        size_t length = 0;
        while (*entry != 0 && *entry != ':' && length + 1 < sizeof path) path[length++] = *entry++;
        while (*entry == ':') entry++;
        path[length] = 0;
        length = text_append(path, length, sizeof path, "/");
        text_append(path, length, sizeof path, name);
        long attempt = raw(SYS_execve, path, launch->arguments, launch->environment);
        if (attempt != -ENOENT && attempt != -ENOTDIR) result = attempt;
        if (attempt == -E2BIG || attempt == -ENOMEM) break;
    }
    return result;
}

static _Noreturn void enter_command(struct launch *launch) {
    uint64_t none = 0;
    raw(SYS_setsid);
    if (launch->has_terminal) raw(SYS_ioctl, 0, 0x540E /* TIOCSCTTY */, 0);
    raw(SYS_umask, launch->file_mask);
    raw(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, KERNEL_SIGNAL_BYTES);
    long closed = raw(SYS_close_range, 3, ~0u, 0);
    launch->error = closed < 0 ? closed : execute(launch);
    for (;;) raw(SYS_exit_group, 125);
}

#if defined(__x86_64__)
static long spawn(struct launch *launch, char *stack_top) {
    register long r8 __asm__("r8") = (long)enter_command;
    register long r9 __asm__("r9") = (long)launch;
    register long r10 __asm__("r10") = 0;
    long result;
    __asm__ volatile(
        "syscall\n test %%rax, %%rax\n jnz 1f\n"
        " xor %%ebp, %%ebp\n mov %%r9, %%rdi\n call *%%r8\n hlt\n1:"
        : "=a"(result)
        : "a"(SYS_clone), "D"(CLONE_VM | CLONE_VFORK | SIGCHLD), "S"(stack_top), "d"(0), "r"(r10),
          "r"(r8), "r"(r9)
        : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
static long spawn(struct launch *launch, char *stack_top) {
    register long x8 __asm__("x8") = SYS_clone;
    register long x0 __asm__("x0") = CLONE_VM | CLONE_VFORK | SIGCHLD;
    register long x1 __asm__("x1") = (long)stack_top;
    register long x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0;
    register long x4 __asm__("x4") = 0;
    register long x9 __asm__("x9") = (long)enter_command;
    register long x10 __asm__("x10") = (long)launch;
    __asm__ volatile(
        "svc 0\n cbnz x0, 1f\n mov x29, #0\n mov x0, x10\n blr x9\n brk #1\n1:"
        : "+r"(x0)
        : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x9), "r"(x10)
        : "memory", "x30");
    return x0;
}
#endif

static long allocate(size_t bytes, const char **place) {
    long result = raw(SYS_mmap, 0, bytes, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
    if (result < 0 && result > -4096) return result;
    *place = (const char *)result;
    return 0;
}

// A NULL-terminated array of the step's items from `first` on.
static long vector(const struct plan_step *step, uint32_t first, const char *const **result) {
    uint32_t count = step == 0 ? 0 : step->item_count - first;
    if (count > ARGUMENTS_MAX) return -E2BIG;
    const char *memory = 0;
    long error = allocate((count + 1) * sizeof(char *), &memory);
    if (error < 0) return error;
    const char **items = (const char **)memory;
    const char *item = count == 0 ? 0 : step_text(step, first);
    for (uint32_t index = 0; index < count; index++) {
        items[index] = item;
        uint64_t bytes = *(const uint32_t *)(item - 4);
        item += (4 + bytes + 1 + 7) & ~(uint64_t)7;
    }
    items[count] = 0;
    *result = items;
    return 0;
}

static _Noreturn void leave(void) {
    for (;;) raw(SYS_exit_group, 0);
}

// Everything in the pid namespace but pid 1; nothing can start again once it is gone.
static void end_everything(void) {
    raw(SYS_kill, -1, SIGKILL);
    for (;;) {
        long reaped = raw(SYS_wait4, -1, 0, __WALL, 0);
        if (reaped < 0 && reaped != -EINTR) return;
    }
}

static void report_end(int status, int64_t ended_at) {
    struct rusage usage = {0};
    raw(SYS_getrusage, RUSAGE_CHILDREN, &usage);
    struct plan_message message = {
        .magic = PLAN_MAGIC,
        .kind = PLAN_MESSAGE_EXITED,
        .step = -1,
        .time_nanoseconds = ended_at,
        .value = {status, usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec,
                  usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec, usage.ru_maxrss}};
    send_message(&message, -1);
}

// Performs what the launcher asks for; the end of the stream is the end of the sandbox.
static void obey(long command) {
    struct plan_request request = {0};
    long received = raw(SYS_recvfrom, PLAN_FD_CONTROL, &request, sizeof request, MSG_DONTWAIT, 0, 0);
    if (received == -EAGAIN || received == -EINTR) return;
    if (received != sizeof request || request.magic != PLAN_MAGIC || request.signal == SIGKILL) {
        int64_t ended_at = monotonic_nanoseconds();
        end_everything();
        if (received == sizeof request) report_end(SIGKILL, ended_at);
        leave();
    }
    raw(SYS_kill, -command, request.signal);
}

// Returns when the command has ended, with its wait status.
static int reap(long command) {
    for (;;) {
        int status = 0;
        long reaped = raw(SYS_wait4, -1, &status, __WALL | WNOHANG, 0);
        if (reaped == command) return status;
        if (reaped <= 0) return -1;
    }
}

long run_command(struct state *state, const struct plan_step *step, int32_t index) {
    struct launch launch = {
        .search_path = step_text(step, 0),
        .file_mask = step->value[0],
        .has_terminal = state->has_terminal};
    const char *stack = 0;
    if (step->item_count < 2) return -EINVAL;
    state->subject = step_text(step, 1);
    long error = vector(step, 1, &launch.arguments);
    if (error >= 0) error = vector(state->environment, 0, &launch.environment);
    if (error >= 0) error = allocate(STACK_BYTES, &stack);
    struct plan_message running = {
        .magic = PLAN_MAGIC, .kind = PLAN_MESSAGE_RUNNING, .step = index,
        .time_nanoseconds = monotonic_nanoseconds()};
    if (error >= 0) error = send_message(&running, state->listener);
    if (error >= 0) error = call(SYS_close_range, PLAN_FD_INHERITED, ~0u, 0);
    if (error >= 0) {
        error = call(SYS_rt_sigprocmask, SIG_SETMASK, &child_signal, 0, KERNEL_SIGNAL_BYTES);
    }
    if (error < 0) return error;
    long ended = call(SYS_signalfd4, -1, &child_signal, KERNEL_SIGNAL_BYTES, SFD_CLOEXEC | SFD_NONBLOCK);
    if (ended < 0) return ended;
    long command = spawn(&launch, (char *)stack + STACK_BYTES);
    if (command < 0) return command;
    if (launch.error < 0) return launch.error;
    for (int descriptor = 0; descriptor < 3; descriptor++) raw(SYS_close, descriptor);
    struct pollfd watched[2] = {
        {.fd = PLAN_FD_CONTROL, .events = POLLIN}, {.fd = (int)ended, .events = POLLIN}};
    for (;;) {
        // First look, then wait: the command may have ended already.
        int status = reap(command);
        if (status >= 0) {
            int64_t ended_at = monotonic_nanoseconds();
            end_everything();
            report_end(status, ended_at);
            leave();
        }
        long ready = raw(SYS_ppoll, watched, 2, 0, 0, 0);
        if (ready > 0 && watched[0].revents != 0) obey(command);
        if (ready > 0 && watched[1].revents != 0) {
            struct signalfd_siginfo ignored;
            raw(SYS_read, ended, &ignored, sizeof ignored);
        }
    }
}
