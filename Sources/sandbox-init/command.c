// Runs the command as a child, reaps every process of the sandbox, and ends them all when the
// command has ended or Drydock is gone.
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "../CLinux/raw_call.h"
#include "launch.h"
#include "paths.h"

static const uint64_t child_signal = 1ull << (SIGCHLD - 1);

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

// Reads what is to be executed from its step.
static long read_command(
    struct state *state, const struct plan_step *step, struct launch *launch) {
    if (step->item_count < 2) return -EINVAL;
    state->subject = step_text(step, 1);
    launch->search_path = step_text(step, 0);
    launch->file_mask = step->value[0];
    launch->has_terminal = state->has_terminal;
    long error = vector(step, 1, &launch->arguments);
    return error < 0 ? error : vector(state->environment, 0, &launch->environment);
}

static long say_running(const struct state *state, int32_t index) {
    struct plan_message running = {
        .magic = PLAN_MAGIC, .kind = PLAN_MESSAGE_RUNNING, .step = index,
        .time_nanoseconds = monotonic_nanoseconds()};
    return send_message(&running, state->listener);
}

// Descriptors on which to hear of Drydock and of children that end.
static long watch(struct pollfd watched[2]) {
    long error = call(SYS_rt_sigprocmask, SIG_SETMASK, &child_signal, 0, KERNEL_SIGNAL_BYTES);
    if (error < 0) return error;
    long ended = call(SYS_signalfd4, -1, &child_signal, KERNEL_SIGNAL_BYTES, SFD_CLOEXEC | SFD_NONBLOCK);
    if (ended < 0) return ended;
    watched[0] = (struct pollfd){.fd = PLAN_FD_CONTROL, .events = POLLIN};
    watched[1] = (struct pollfd){.fd = (int)ended, .events = POLLIN};
    return 0;
}

static _Noreturn void supervise(long command, struct pollfd watched[2]) {
    for (int descriptor = 0; descriptor < 3; descriptor++) raw(SYS_close, descriptor);
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
            raw(SYS_read, watched[1].fd, &ignored, sizeof ignored);
        }
    }
}

long run_command(struct state *state, const struct plan_step *step, int32_t index) {
    struct launch launch = {0};
    const char *stack = 0;
    struct pollfd watched[2];
    long error = read_command(state, step, &launch);
    if (error >= 0) error = allocate(STACK_BYTES, &stack);
    if (error >= 0) error = finish_unmount();
    if (error >= 0) error = say_running(state, index);
    if (error >= 0) error = close_all_but_root(state);
    if (error >= 0) error = watch(watched);
    if (error < 0) return error;
    long command = spawn(&launch, (char *)stack + STACK_BYTES);
    if (command < 0) return command;
    if (launch.error < 0) return launch.error;
    supervise(command, watched);
}

// A command that is not known yet, in a process that is there already and has pid 1's memory.
struct expected {
    struct launch launch;
    struct state *state;
    int32_t step;  // the one it works on
    int is_executing;
};

// Receives the rest of the plan, an environment and a command, and reads it.
static long await_command(struct expected *expected) {
    struct state *state = expected->state;
    const struct plan_header *plan = receive_plan();
    if (plan == 0) return -EBADMSG;
    struct wish wish = {0};
    long error = read_wish(plan, &wish);
    if (error >= 0 && (wish.directory != 0 || wish.terminal != 0)) error = -EBADMSG;
    if (error < 0) return error;
    // The command comes last, after its environment.
    expected->step += (int32_t)plan->step_count;
    state->environment = wish.environment;
    error = read_command(state, wish.command, &expected->launch);
    return error < 0 ? error : say_running(state, expected->step);
}

static void enter_expected(void *argument) {
    struct expected *expected = argument;
    expected->launch.error = await_command(expected);
    expected->is_executing = expected->launch.error >= 0;
    if (expected->is_executing) enter_command(&expected->launch);
    exit_now(125);
}

_Noreturn void run_expected(struct state *state, int32_t index) {
    struct expected expected = {.state = state, .step = index};
    const char *stack = 0;
    struct pollfd watched[2];
    long error = allocate(STACK_BYTES, &stack);
    if (error >= 0) error = finish_unmount();
    if (error >= 0) error = close_all_but_root_and(state, &state->listener);
    if (error >= 0) error = watch(watched);
    struct plan_message ready = {.magic = PLAN_MAGIC, .kind = PLAN_MESSAGE_READY, .step = index};
    if (error >= 0) error = send_message(&ready, -1);
    if (error < 0) fail(state, index, error);
    // Waits until the command is executed; the end of Drydock ends that process, and so this wait.
    long command = lx_raw_clone(
        CLONE_VM | CLONE_VFORK | SIGCHLD, (uint64_t)stack + STACK_BYTES, 0, enter_expected,
        &expected);
    if (command < 0) fail(state, index, command);
    if (expected.launch.error < 0) fail(state, expected.step, expected.launch.error);
    if (!expected.is_executing) exit_now(0);
    if (state->listener >= 0) raw(SYS_close, state->listener);
    supervise(command, watched);
}
