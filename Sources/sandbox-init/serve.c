// Pid 1 of a sandbox that outlives a single command: it takes orders over its private channel,
// starts processes with descriptors that came along, and tells when they have ended. All that the
// plan takes away is taken away already: whatever is started here inherits it.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "launch.h"
#include "paths.h"

// More at a time than any limit on processes lets live is of no use.
enum { PROCESSES_MAX = 4096 };

static const uint64_t child_signal = 1ull << (SIGCHLD - 1);

// What was started and has not been reaped; 0 is a free place. Signals go to these only, so that
// a number that was given to another process meanwhile is never hit.
static int32_t processes[PROCESSES_MAX];

static int32_t *place_of(int32_t process) {
    for (int index = 0; index < PROCESSES_MAX; index++) {
        if (processes[index] == process) return &processes[index];
    }
    return 0;
}

static void answer(uint32_t kind, int64_t token, int64_t value, int descriptor) {
    struct plan_message message = {
        .magic = PLAN_MAGIC, .kind = kind, .step = -1, .value = {token, value, 0, 0},
        .time_nanoseconds = monotonic_nanoseconds()};
    send_message(&message, descriptor);
}

static void refuse(int64_t token, long error, const char *subject) {
    struct plan_message message = {
        .magic = PLAN_MAGIC, .kind = PLAN_MESSAGE_REFUSED, .step = -1, .error = (int32_t)-error,
        .value = {token, 0, 0, 0}};
    if (subject != 0) text_append(message.subject, 0, sizeof message.subject, subject);
    send_message(&message, -1);
}

static void start(
    int64_t token, const struct wish *wish, const int *received, int count, char *stack_top) {
    int master = -1, terminal = -1;
    int streams[3];
    struct launch launch = {
        .search_path = step_text(wish->command, 0), .file_mask = wish->command->value[0],
        .directory = wish->directory != 0 ? step_text(wish->directory, 0) : 0,
        .streams = streams, .has_terminal = wish->terminal != 0};
    const char *subject = step_text(wish->command, 1);
    int32_t *place = place_of(0);
    long error = place == 0 ? -EAGAIN : 0;
    if (error >= 0 && wish->terminal != 0) {
        error = make_terminal(wish->terminal->value[0], wish->terminal->value[1], &master, &terminal);
        if (error < 0) subject = "a terminal";
    } else if (error >= 0 && count < 4) {
        error = -EBADMSG;
    }
    for (int index = 0; index < 3; index++) {
        streams[index] = wish->terminal != 0 || count < 4 ? terminal : received[index + 1];
    }
    if (error >= 0) error = vector(wish->command, 1, &launch.arguments);
    if (error >= 0) error = vector(wish->environment, 0, &launch.environment);
    long process = error < 0 ? error : spawn(&launch, stack_top);
    release(wish->command, 1, launch.arguments);
    release(wish->environment, 0, launch.environment);
    if (terminal >= 0) raw(SYS_close, terminal);
    if (process >= 0 && launch.error >= 0) {
        *place = (int32_t)process;
        answer(PLAN_MESSAGE_STARTED, token, process, master);
    } else {
        if (launch.failed_at_directory) subject = launch.directory;
        refuse(token, process < 0 ? process : launch.error, subject);
    }
    if (master >= 0) raw(SYS_close, master);
}

static void execute(int64_t token, const int *received, int count, char *stack_top) {
    struct wish wish = {0, 0, 0, 0};
    const struct plan_header *plan = count < 1 ? 0 : map_plan(received[0]);
    long error = plan == 0 ? -EBADMSG : read_wish(plan, &wish);
    if (error < 0) {
        refuse(token, error, "the order's plan");
    } else {
        start(token, &wish, received, count, stack_top);
    }
    if (plan != 0) raw(SYS_munmap, plan, plan->total_bytes);
}

static void signal_process(const struct plan_order *order) {
    int32_t process = (int32_t)order->value[0];
    long result = process > 1 && place_of(process) != 0 ? 0 : -ESRCH;
    if (result >= 0) {
        result = raw(SYS_kill, order->value[2] == 1 ? -process : process, order->value[1]);
    }
    if (result < 0) {
        refuse(order->token, result, "the process");
    } else {
        answer(PLAN_MESSAGE_STARTED, order->token, process, -1);
    }
}

static void make_socket(const struct plan_order *order) {
    long made = raw(SYS_socket, order->value[0], SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0) {
        refuse(order->token, made, "socket");
        return;
    }
    answer(PLAN_MESSAGE_SOCKET, order->token, 0, (int)made);
    raw(SYS_close, made);
}

static _Noreturn void end(int tells) {
    int64_t ended_at = monotonic_nanoseconds();
    end_everything();
    if (tells) report_end(SIGKILL, ended_at);
    leave();
}

// Receives one order without waiting; returns its size, 0 at the end of the stream.
static long receive(struct plan_order *order, int *received, int *count) {
    struct iovec part = {.iov_base = order, .iov_len = sizeof *order};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * PLAN_ORDER_DESCRIPTORS_MAX)];
        struct cmsghdr align;
    } control;
    struct msghdr packet = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    *count = 0;
    long size = raw(SYS_recvmsg, PLAN_FD_CONTROL, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size <= 0) return size;
    if (packet.msg_controllen >= CMSG_LEN(0) && control.align.cmsg_level == SOL_SOCKET
        && control.align.cmsg_type == SCM_RIGHTS) {
        *count = (int)((control.align.cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int index = 0; index < *count; index++) {
            received[index] = ((int *)CMSG_DATA(&control.align))[index];
        }
    }
    // The kernel has closed what did not fit.
    return packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EBADMSG : size;
}

// Performs one order; returns 0 when there was none.
static int obey(char *stack_top) {
    struct plan_order order = {0};
    int received[PLAN_ORDER_DESCRIPTORS_MAX];
    int count = 0;
    long size = receive(&order, received, &count);
    if (size == -EAGAIN || size == -EINTR) return 0;
    if (size == 0 || size == -ECONNRESET) end(0);
    if (size != sizeof order || order.magic != PLAN_MAGIC) {
        refuse(order.token, -EBADMSG, "the order");
    } else {
        switch (order.kind) {
        case PLAN_ORDER_EXECUTE: execute(order.token, received, count, stack_top); break;
        case PLAN_ORDER_SIGNAL: signal_process(&order); break;
        case PLAN_ORDER_SOCKET: make_socket(&order); break;
        case PLAN_ORDER_KILL_ALL:
            raw(SYS_kill, -1, SIGKILL);
            answer(PLAN_MESSAGE_STARTED, order.token, 0, -1);
            break;
        case PLAN_ORDER_END: end(1);
        default: refuse(order.token, -ENOSYS, "the order");
        }
    }
    for (int index = 0; index < count; index++) raw(SYS_close, received[index]);
    return 1;
}

static void reap(void) {
    for (;;) {
        int status = 0;
        long reaped = raw(SYS_wait4, -1, &status, __WALL | WNOHANG, 0);
        if (reaped <= 0) return;
        int32_t *place = place_of((int32_t)reaped);
        if (place == 0) continue;
        *place = 0;
        answer(PLAN_MESSAGE_ENDED, reaped, status, -1);
    }
}

long serve(struct state *state) {
    const char *stack = 0;
    state->subject = "pid 1";
    long error = allocate(STACK_BYTES, &stack);
    if (error >= 0) error = finish_unmount();
    if (error >= 0 && state->listener >= 0) {
        struct plan_message running = {
            .magic = PLAN_MAGIC, .kind = PLAN_MESSAGE_RUNNING, .step = -1,
            .time_nanoseconds = monotonic_nanoseconds()};
        error = send_message(&running, state->listener);
    }
    if (error >= 0) error = close_all_but_root(state);
    if (error >= 0) {
        error = call(SYS_rt_sigprocmask, SIG_SETMASK, &child_signal, 0, KERNEL_SIGNAL_BYTES);
    }
    if (error < 0) return error;
    long ended = call(SYS_signalfd4, -1, &child_signal, KERNEL_SIGNAL_BYTES, SFD_CLOEXEC | SFD_NONBLOCK);
    if (ended < 0) return ended;
    long root = call(SYS_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) return root;
    error = send_descriptor(PLAN_MESSAGE_SERVING, (int)root);
    raw(SYS_close, root);
    if (error < 0) return error;
    calls_until_failure = 0;
    struct pollfd watched[2] = {
        {.fd = PLAN_FD_CONTROL, .events = POLLIN}, {.fd = (int)ended, .events = POLLIN}};
    for (;;) {
        reap();
        raw(SYS_ppoll, watched, 2, 0, 0, 0);
        if (watched[1].revents != 0) {
            struct signalfd_siginfo ignored;
            raw(SYS_read, ended, &ignored, sizeof ignored);
        }
        while (watched[0].revents != 0 && obey((char *)stack + STACK_BYTES)) {}
    }
}
