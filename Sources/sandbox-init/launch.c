// Starting a process in the sandbox, and ending them all.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../CLinux/raw_call.h"
#include "launch.h"

enum { ARGUMENTS_MAX = 1 << 20 };

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

void enter_command(void *argument) {
    struct launch *launch = argument;
    uint64_t none = 0;
    raw(SYS_setsid);
    if (launch->directory != 0) {
        launch->error = raw(SYS_chdir, launch->directory);
        launch->failed_at_directory = launch->error < 0;
    }
    for (int target = 0; launch->streams != 0 && launch->error >= 0 && target < 3; target++) {
        launch->error = raw(SYS_dup3, launch->streams[target], target, 0);
    }
    if (launch->error < 0) raw(SYS_exit_group, 125);
    if (launch->has_terminal) raw(SYS_ioctl, 0, 0x540E /* TIOCSCTTY */, 0);
    raw(SYS_umask, launch->file_mask);
    raw(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, KERNEL_SIGNAL_BYTES);
    long closed = raw(SYS_close_range, 3, ~0u, 0);
    launch->error = closed < 0 ? closed : execute(launch);
    for (;;) raw(SYS_exit_group, 125);
}

long spawn(struct launch *launch, char *stack_top) {
    return lx_raw_clone(
        CLONE_VM | CLONE_VFORK | SIGCHLD, (uint64_t)stack_top, 0, enter_command, launch);
}

long read_wish(const struct plan_header *plan, struct wish *wish) {
    const char *place = (const char *)(plan + 1);
    uint64_t left = plan->total_bytes - sizeof *plan;
    for (uint32_t index = 0; index < plan->step_count; index++) {
        const struct plan_step *step = (const struct plan_step *)place;
        if (!step_is_whole(step, left)) return -EBADMSG;
        switch (step->kind) {
        case PLAN_WORKING_DIRECTORY: wish->directory = step; break;
        case PLAN_ENVIRONMENT: wish->environment = step; break;
        case PLAN_TERMINAL: wish->terminal = step; break;
        case PLAN_COMMAND: wish->command = step; break;
        default: return -EBADMSG;
        }
        place += step->total_bytes;
        left -= step->total_bytes;
    }
    if (wish->command == 0 || wish->command->item_count < 2) return -EBADMSG;
    return wish->directory != 0 && wish->directory->item_count < 1 ? -EBADMSG : 0;
}

long allocate(size_t bytes, const char **place) {
    long result = raw(SYS_mmap, 0, bytes, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
    if (result < 0 && result > -4096) return result;
    *place = (const char *)result;
    return 0;
}

long vector(const struct plan_step *step, uint32_t first, const char *const **result) {
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

void release(const struct plan_step *step, uint32_t first, const char *const *items) {
    if (items == 0) return;
    uint32_t count = step == 0 ? 0 : step->item_count - first;
    raw(SYS_munmap, items, (count + 1) * sizeof(char *));
}

// The last reference to a mount namespace takes it apart, which waits for grace periods of RCU: here
// that would be time until the end of pid 1 can be seen, and with it the end of the run. So the last
// reference is left in a message that lies in its own socket: nobody can receive it, and the kernel's
// collector of such cycles (unix_gc(), its own thread since Linux 6.10) drops it at once. By now no
// process of the sandbox is left. Where a call fails, pid 1's end takes as long as it does.
static void leave_namespace_to_kernel(void) {
    int descriptors[4] = {-1, -1, -1, -1};
    long space = raw(SYS_openat, AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (space < 0) return;
    if (raw(SYS_socketpair, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, descriptors) < 0) return;
    descriptors[2] = (int)space;
    descriptors[3] = PLAN_FD_INHERITED;  // the root's mount
    char byte = 0;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof descriptors)];
        struct cmsghdr header;
    } control;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof descriptors);
    memcpy(CMSG_DATA(&control.header), descriptors, sizeof descriptors);
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    raw(SYS_sendmsg, descriptors[0], &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

_Noreturn void leave(void) {
    leave_namespace_to_kernel();
    for (;;) raw(SYS_exit_group, 0);
}

void end_everything(void) {
    raw(SYS_kill, -1, SIGKILL);
    for (;;) {
        long reaped = raw(SYS_wait4, -1, 0, __WALL, 0);
        if (reaped < 0 && reaped != -EINTR) return;
    }
}

void report_end(int status, int64_t ended_at) {
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
