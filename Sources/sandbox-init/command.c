// Runs the command as a child, reaps every process of the sandbox, and ends them all when the
// command has ended or Drydock is gone.
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

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
    if (error >= 0) error = finish_unmount();
    struct plan_message running = {
        .magic = PLAN_MAGIC, .kind = PLAN_MESSAGE_RUNNING, .step = index,
        .time_nanoseconds = monotonic_nanoseconds()};
    if (error >= 0) error = send_message(&running, state->listener);
    if (error >= 0) error = close_all_but_root(state);
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
