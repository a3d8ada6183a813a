// One function for each system call or macro that Swift cannot say. No logic lives here.
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U  // Linux 6.3
#endif
enum { ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

const uint64_t LX_SCRATCH_ATTRIBUTES = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
const unsigned LX_TREE_CLONE = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE;
const unsigned LX_TREE_CLONE_HERE =
    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH;

static long checked(long result) { return result < 0 ? -errno : result; }

long lx_capability_in_bounding_set(int capability) {
    return checked(prctl(PR_CAPBSET_READ, capability, 0, 0, 0));
}
long lx_gettid(void) { return syscall(SYS_gettid); }
long lx_pipe(int pair[2]) { return checked(pipe2(pair, O_CLOEXEC)); }

long lx_memfd(const char *name) {
    long made = checked(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
    if (made != -EINVAL) return made;
    return checked(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
}

long lx_seal(int descriptor) { return checked(fcntl(descriptor, F_ADD_SEALS, ALL_SEALS)); }

long lx_memfd_is_sealed(int descriptor) {
    return (fcntl(descriptor, F_GET_SEALS) & ALL_SEALS) == ALL_SEALS;
}

long lx_socketpair(int pair[2]) {
    return checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
}

long lx_send(int socket, const void *bytes, size_t count) {
    return checked(send(socket, bytes, count, MSG_NOSIGNAL));
}

long lx_send_with_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int))}};
    memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
    struct msghdr packet = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    return checked(sendmsg(socket, &packet, MSG_NOSIGNAL));
}

long lx_receive_message(int socket, struct plan_message *message, int *descriptor) {
    struct iovec part = {.iov_base = message, .iov_len = sizeof *message};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr packet = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes};
    *descriptor = -1;
    long received = checked(recvmsg(socket, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
    if (received < 0) return received;
    struct cmsghdr *header = CMSG_FIRSTHDR(&packet);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
        memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    }
    return received;
}

long lx_lock_byte(int file, uint64_t offset) {
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};
    return checked(fcntl(file, F_OFD_SETLK, &lock));
}

long lx_byte_locked(int file, uint64_t offset) {
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};
    long result = checked(fcntl(file, F_OFD_GETLK, &lock));
    return result < 0 ? result : lock.l_type != F_UNLCK;
}

long lx_any_byte_locked(int file) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    long result = checked(fcntl(file, F_OFD_GETLK, &lock));
    return result < 0 ? result : lock.l_type != F_UNLCK;
}

long lx_pidfd_open(int pid) { return checked(syscall(SYS_pidfd_open, pid, 0)); }

long lx_pidfd_kill(int pidfd, int signal) {
    return checked(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

long lx_open_tree(int directory, const char *path, unsigned flags) {
    return checked(syscall(SYS_open_tree, directory, path, flags));
}

long lx_mount_setattr(int mount, uint64_t set, int user_namespace, int recursive) {
    // Private: a clone is a peer of what it was cloned from, and what a sandbox mounts on a peer of
    // the host's would appear there.
    struct mount_attr change = {.attr_set = set, .propagation = MS_PRIVATE};
    if (user_namespace >= 0) {
        change.attr_set |= MOUNT_ATTR_IDMAP;
        change.userns_fd = (uint64_t)user_namespace;
    }
    unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    return checked(syscall(SYS_mount_setattr, mount, "", flags, &change, sizeof change));
}

long lx_fsopen(const char *type) { return checked(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC)); }

long lx_fsconfig_string(int file_system, const char *key, const char *value) {
    return checked(syscall(SYS_fsconfig, file_system, FSCONFIG_SET_STRING, key, value, 0));
}

long lx_fsconfig_flag(int file_system, const char *key) {
    return checked(syscall(SYS_fsconfig, file_system, FSCONFIG_SET_FLAG, key, NULL, 0));
}

long lx_fsconfig_create(int file_system) {
    return checked(syscall(SYS_fsconfig, file_system, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
}

long lx_fsmount(int file_system, uint64_t attributes) {
    return checked(syscall(SYS_fsmount, file_system, FSMOUNT_CLOEXEC, attributes));
}

long lx_openat2_mode(
    int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
    return checked(syscall(SYS_openat2, directory, path, &how, sizeof how));
}

long lx_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve) {
    return lx_openat2_mode(directory, path, flags, 0, resolve);
}

long lx_landlock_abi(void) {
    return checked(
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

long lx_seccomp_action_available(uint32_t action) {
    return checked(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
}

long lx_unshare(int flags) { return checked(unshare(flags)); }
long lx_setns(int descriptor, int flags) { return checked(setns(descriptor, flags)); }

long lx_notification_receive(int listener, struct lx_notification *notification) {
    struct seccomp_notif received;
    memset(&received, 0, sizeof received);
    long result = checked(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &received));
    if (result < 0) return result;
    notification->id = received.id;
    notification->pid = received.pid;
    notification->system_call = received.data.nr;
    for (int index = 0; index < 6; index++) notification->arguments[index] = received.data.args[index];
    return 0;
}

long lx_notification_is_valid(int listener, uint64_t id) {
    return checked(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id));
}

long lx_notification_refuse(int listener, uint64_t id, int error) {
    struct seccomp_notif_resp response = {.id = id, .error = -error};
    return checked(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response));
}

long lx_file_system_type(const char *path) {
    struct statfs information;
    long result = checked(statfs(path, &information));
    return result < 0 ? result : (long)information.f_type;
}

long lx_notification_allow(int listener, uint64_t id) {
    struct seccomp_notif_resp response = {.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    return checked(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response));
}

long lx_notification_wake_on_same_processor(int listener) {
    // SECCOMP_IOCTL_NOTIF_SET_FLAGS with SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP.
    return checked(ioctl(listener, _IOW('!', 4, uint64_t), 1UL));
}

long lx_fanotify_init(void) {
    return checked(syscall(
        SYS_fanotify_init, FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE,
        O_RDONLY | O_CLOEXEC | O_LARGEFILE | O_NOATIME));
}

long lx_fanotify_mark_opens(int group, int directory) {
    return checked(fanotify_mark(
        group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN | FAN_OPEN_EXEC, directory, NULL));
}

long lx_fanotify_read(int group, int *descriptors, int count, int *overflowed) {
    struct fanotify_event_metadata events[64];
    if (count > 64) count = 64;
    *overflowed = 0;
    long bytes = checked(read(group, events, (size_t)count * sizeof events[0]));
    if (bytes < 0) return bytes;
    long found = 0;
    for (struct fanotify_event_metadata *event = events; FAN_EVENT_OK(event, bytes);
         event = FAN_EVENT_NEXT(event, bytes)) {
        if (event->mask & FAN_Q_OVERFLOW) *overflowed = 1;
        if (event->fd >= 0) descriptors[found++] = event->fd;
    }
    return found;
}

long lx_terminal_size(int terminal, unsigned short *rows, unsigned short *columns) {
    struct winsize size = {0};
    long result = checked(ioctl(terminal, TIOCGWINSZ, &size));
    *rows = size.ws_row;
    *columns = size.ws_col;
    return result;
}

long lx_set_terminal_size(int terminal, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return checked(ioctl(terminal, TIOCSWINSZ, &size));
}

long lx_signal_descriptor(void) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGHUP);
    sigaddset(&wanted, SIGWINCH);
    long result = checked(sigprocmask(SIG_BLOCK, &wanted, NULL));
    if (result < 0) return result;
    return checked(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

long lx_next_signal(int descriptor) {
    struct signalfd_siginfo information;
    long result = checked(read(descriptor, &information, sizeof information));
    return result < 0 ? result : (long)information.ssi_signo;
}
