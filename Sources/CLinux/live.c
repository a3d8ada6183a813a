#include "lx_live.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

const uint64_t LX_RESOLVE_IN_ROOT = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
const uint32_t LX_WATCHED_EVENTS = IN_CREATE | IN_MODIFY | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
    | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

static long checked(long result) { return result < 0 ? -errno : result; }

static long send_with(
    int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count,
    int flags) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * PLAN_ORDER_DESCRIPTORS_MAX)];
        struct cmsghdr align;
    } control;
    struct msghdr packet = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor_count > PLAN_ORDER_DESCRIPTORS_MAX) return -EINVAL;
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof control);
        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
        memcpy(CMSG_DATA(&control.align), descriptors, sizeof(int) * descriptor_count);
        packet.msg_control = control.bytes;
        packet.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
    }
    long sent;
    do sent = checked(sendmsg(socket, &packet, MSG_NOSIGNAL | flags));
    while (sent == -EINTR);
    return sent;
}

long lx_send_order(int socket, const struct plan_order *order, const int *descriptors, size_t count) {
    return send_with(socket, order, sizeof *order, descriptors, count, MSG_DONTWAIT);
}

long lx_send_descriptor(int socket, const void *bytes, size_t count, int descriptor) {
    return send_with(socket, bytes, count, &descriptor, 1, 0);
}

long lx_copy_process(void) { return checked(fork()); }

void lx_file_identity(unsigned user, unsigned group) {
    setfsgid(group);
    setfsuid(user);
}

long lx_inotify(unsigned user) {
    // The kernel bounds instances and watches by effective user (inotify(7)). Without the right to
    // be another, they count as one's own.
    const uid_t own = geteuid();
    const int own_files = setfsuid(-1);
    const int is_other = user != own && syscall(SYS_setresuid, -1, user, -1) == 0;
    const long result = checked(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (is_other) {
        if (syscall(SYS_setresuid, -1, own, -1) != 0) abort();
        // It follows the effective user, and files are opened with the rights of another.
        setfsuid(own_files);
    }
    return result;
}

long lx_inotify_watch(int watcher, int directory, uint32_t events) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
    return checked(inotify_add_watch(watcher, path, events));
}

long lx_inotify_forget(int watcher, int watch) { return checked(inotify_rm_watch(watcher, watch)); }

long lx_get_attribute(int file, const char *name, void *value, size_t size) {
    return checked(fgetxattr(file, name, value, size));
}

long lx_set_attribute(int file, const char *name, const void *value, size_t size) {
    return checked(fsetxattr(file, name, value, size, 0));
}

long lx_list_attributes(int file, char *names, size_t size) {
    return checked(flistxattr(file, names, size));
}

long lx_remove_attribute(int file, const char *name) { return checked(fremovexattr(file, name)); }

long lx_rename(int from, const char *old_name, int to, const char *new_name) {
    return checked(renameat(from, old_name, to, new_name));
}

long lx_pipe_bytes(int pipe, int bytes) { return checked(fcntl(pipe, F_SETPIPE_SZ, bytes)); }

long lx_peer_user(int socket) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    long result = checked(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size));
    return result < 0 ? result : (long)peer.uid;
}

long lx_unnamed_file(const char *directory) {
    return checked(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

long lx_make_whiteout(int directory, const char *name) {
    return checked(mknodat(directory, name, S_IFCHR, makedev(0, 0)));
}

long lx_set_times(int directory, const char *name, int64_t seconds, int64_t nanoseconds) {
    struct timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    return checked(utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW));
}

long lx_accept(int listening, int nonblocking) {
    return checked(accept4(listening, NULL, NULL, SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0)));
}
