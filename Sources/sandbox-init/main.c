// Pid 1 of every sandbox: performs the plan step by step, then runs the command and reaps.
// It was executed with the sandbox's namespaces and, inside its user namespace, all capabilities.
#include <errno.h>
#include <linux/prctl.h>
#include <time.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "state.h"

const char *step_item(const struct plan_step *step, uint32_t index, uint32_t *length) {
    const char *place = (const char *)(step + 1);
    for (uint32_t current = 0;; current++) {
        uint32_t bytes = *(const uint32_t *)place;
        if (current == index) {
            if (length != 0) *length = bytes;
            return place + sizeof bytes;
        }
        place += (sizeof bytes + (size_t)bytes + 1 + 7) & ~(size_t)7;
    }
}

int step_is_whole(const struct plan_step *step, uint64_t bytes_left) {
    if (bytes_left < sizeof *step || step->total_bytes > bytes_left) return 0;
    if (step->total_bytes < sizeof *step || step->total_bytes % 8 != 0) return 0;
    uint64_t left = step->total_bytes - sizeof *step;
    const char *place = (const char *)(step + 1);
    for (uint32_t index = 0; index < step->item_count; index++) {
        if (left < 8) return 0;
        uint64_t bytes = *(const uint32_t *)place;
        uint64_t padded = (4 + bytes + 1 + 7) & ~(uint64_t)7;
        if (padded > left || place[4 + bytes] != 0) return 0;
        place += padded;
        left -= padded;
    }
    return left == 0;
}

const struct plan_header *check_plan(const void *place, uint64_t bytes) {
    const struct plan_header *header = place;
    int is_plan = bytes >= sizeof *header && header->magic == PLAN_MAGIC
        && header->version == PLAN_VERSION && header->total_bytes == bytes;
    return is_plan ? header : 0;
}

const struct plan_header *map_plan(int descriptor) {
    struct stat file;
    if (raw(SYS_fstat, descriptor, &file) < 0) return 0;
    uint64_t bytes = (uint64_t)file.st_size;
    if (bytes < sizeof(struct plan_header) || bytes > PLAN_BYTES_MAX) return 0;
    long place = raw(SYS_mmap, 0, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (place < 0 && place > -4096) return 0;
    const struct plan_header *header = check_plan((const void *)place, bytes);
    if (header == 0) raw(SYS_munmap, place, bytes);
    return header;
}

long send_message(const struct plan_message *message, int descriptor) {
    struct iovec part = {.iov_base = (void *)message, .iov_len = sizeof *message};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN(sizeof(int));
        *(int *)CMSG_DATA(&control.align) = descriptor;
        packet.msg_control = control.bytes;
        packet.msg_controllen = sizeof control.bytes;
    }
    for (;;) {
        long sent = raw(SYS_sendmsg, PLAN_FD_CONTROL, &packet, MSG_NOSIGNAL);
        if (sent != -EINTR) return sent < 0 ? sent : 0;
    }
}

int64_t monotonic_nanoseconds(void) {
    struct {
        int64_t seconds, nanoseconds;
    } now = {0, 0};
    raw(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return now.seconds * 1000000000 + now.nanoseconds;
}

long send_descriptor(uint32_t kind, int descriptor) {
    struct plan_message message = {.magic = PLAN_MAGIC, .kind = kind, .step = -1};
    return send_message(&message, descriptor);
}

_Noreturn void exit_now(int status) {
    for (;;) raw(SYS_exit_group, status);
}

_Noreturn void fail(struct state *state, int32_t index, long error) {
    struct plan_message message = {
        .magic = PLAN_MAGIC, .kind = PLAN_MESSAGE_FAILED, .step = index, .error = (int32_t)-error};
    if (state->subject != 0) {
        text_append(message.subject, 0, sizeof message.subject, state->subject);
    }
    send_message(&message, -1);
    exit_now(1);
}

static long perform(struct state *state, const struct plan_step *step, int32_t index) {
    state->subject = step->item_count > 0 ? step_text(step, 0) : 0;
    switch (step->kind) {
    case PLAN_ENVIRONMENT:
        state->environment = step;
        return 0;
    case PLAN_PAUSE: run_expected(state, index);
    case PLAN_AWAIT:
        await_word();
        return 0;
    case PLAN_JOIN_GROUPS:
        return join_groups();
    case PLAN_COMMAND:
        return run_command(state, step, index);
    case PLAN_SERVE:
        return serve(state);
    default: {
        int mounts = step->kind <= PLAN_WORKING_DIRECTORY || step->kind == PLAN_READY_ROOT;
        long result =
            mounts ? perform_mount_step(state, step) : perform_privilege_step(state, step);
        if (result == -ENOENT && (step->flags & PLAN_FLAG_OPTIONAL)) return 0;
        return result;
    }
    }
}

// Performs the steps; the last one is the command.
static _Noreturn void perform_plan(struct state *state, const struct plan_header *header) {
    const char *place = (const char *)(header + 1);
    uint64_t left = header->total_bytes - sizeof *header;
    for (uint32_t index = 0; index < header->step_count; index++) {
        const struct plan_step *step = (const struct plan_step *)place;
        int32_t number = (int32_t)index;
        if (!step_is_whole(step, left)) fail(state, number, -EBADMSG);
        long result = perform(state, step, number);
        if (result < 0) fail(state, number, result);
        place += step->total_bytes;
        left -= step->total_bytes;
    }
    state->subject = "a plan without a command";
    fail(state, -1, -EINVAL);
}

void run_as_init(void) {
    struct state state = {
        .parent = -1, .shell = -1, .root = -1, .scratch = -1, .landlock = -1, .listener = -1,
        .mask_file = -1, .mask_directory = -1};
    // First of all: nothing inside may look into pid 1 or take its descriptors (ptrace(2)).
    raw(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
    raw(SYS_prctl, PR_SET_NAME, "sandbox-init", 0, 0, 0);
    const struct plan_header *header = receive_launch();
    if (header == 0) fail(&state, -1, -EINVAL);
    state.header = header;
    // The plan's descriptor holds arguments and environment: gone before anything else runs.
    raw(SYS_close, PLAN_FD_PLAN);
    raw(SYS_umask, 0);
    raw(SYS_setsid);
    calls_until_failure = header->fail_at;
    perform_plan(&state, header);
}
