// The 95 probes of sandbox-threats.md, section 6: one line each, `group name open|closed detail`.
// "Open" means that the call reached kernel code that does something, not that it is exploitable.
// Takes the port of a listener on the host's loopback as its argument.
#define _GNU_SOURCE
#include "confined.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int opened;

static void say(const char *group, const char *name, int is_open, const char *detail) {
    opened += is_open;
    printf("%s %s %s %s\n", group, name, is_open ? "open" : "closed", detail ? detail : "-");
    fflush(stdout);
}

// An errno that a fence gives. Anything else (EFAULT, EINVAL, EBADF, ESRCH, ...) came from code behind.
static int is_fence(int code) {
    return code == EPERM || code == EACCES || code == ENOSYS || code == EAFNOSUPPORT ||
           code == EPROTONOSUPPORT || code == EROFS || code == ENOENT || code == ENOTDIR ||
           code == ENODEV || code == ENXIO || code == ESOCKTNOSUPPORT;
}

static void result(const char *group, const char *name, long value) {
    int code = errno;
    say(group, name, value >= 0 || !is_fence(code), value >= 0 ? "OK" : strerrorname_np(code));
}

// In a child, so that a call that works does not change the prober, and one that kills is seen.
#define PROBE(group, name, expression)                                                             \
    do {                                                                                           \
        fflush(stdout);                                                                            \
        pid_t child = fork();                                                                      \
        if (child == 0) {                                                                          \
            errno = 0;                                                                             \
            long value = (long)(expression);                                                       \
            result(group, name, value);                                                            \
            _exit(opened);                                                                         \
        }                                                                                          \
        int status = 0;                                                                            \
        waitpid(child, &status, 0);                                                                \
        if (WIFSIGNALED(status)) {                                                                 \
            say(group, name, 0, strsignal(WTERMSIG(status)));                                      \
        }                                                                                          \
    } while (0)

static long readable(const char *path) {
    char byte;
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return -1;
    long count = read(file, &byte, 1);
    if (count > 0) return 1;
    errno = EPERM;  // Present but empty: a mask.
    return -1;
}

static long writable(const char *path, int flags) {
    return open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | flags, 0600);
}

static long connects(const char *address, int port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, address, &name.sin_addr);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (file < 0) return -1;
    if (connect(file, (struct sockaddr *)&name, sizeof name) == 0) return 0;
    if (errno == EINPROGRESS) {
        struct pollfd wait = {.fd = file, .events = POLLOUT};
        if (poll(&wait, 1, 1000) == 1) {
            int code = 0;
            socklen_t size = sizeof code;
            getsockopt(file, SOL_SOCKET, SO_ERROR, &code, &size);
            if (code == 0) return 0;
        }
    }
    errno = ENOENT;  // Unreachable, whatever the words for it.
    return -1;
}

static void status_line(const char *name, const char *wanted) {
    char line[256];
    int good = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file)) {
        size_t length = strlen(name);
        if (!strncmp(line, name, length) && line[length] == ':')
            good = strtoull(line + length + 1, NULL, 16) == strtoull(wanted, NULL, 16);
    }
    if (file) fclose(file);
    say("state", name, !good, wanted);
}

// Entries of a directory that are numbers of at least `first`.
static int numbers_in(const char *path, int first) {
    int count = 0;
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        if (*entry->d_name >= '0' && *entry->d_name <= '9' && atoi(entry->d_name) >= first) count++;
    if (directory) closedir(directory);
    return count;
}

static void calls(void) {
    char buffer[256] = {0};
    PROBE("namespaces", "unshare-user", syscall(SYS_unshare, 0x10000000));
    PROBE("namespaces", "userns-xfrm",
          syscall(SYS_unshare, 0x50000000) == 0 ? socket(16, 3, 6) : -1);
    PROBE("namespaces", "clone3", syscall(SYS_clone3, buffer, 1));
    PROBE("namespaces", "mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0));
    PROBE("namespaces", "fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    PROBE("namespaces", "open-tree", syscall(SYS_open_tree, -100, "/", 1));
    PROBE("namespaces", "move-mount", syscall(SYS_move_mount, -1, "", -1, "", 0));
    PROBE("namespaces", "pivot-root", syscall(SYS_pivot_root, ".", "."));
    PROBE("namespaces", "chroot", syscall(SYS_chroot, "/tmp"));
    PROBE("namespaces", "setns", syscall(SYS_setns, -1, 0));
    PROBE("tracing", "ptrace", syscall(SYS_ptrace, 16, 1, 0, 0));
    PROBE("tracing", "process-vm-readv", syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0));
    PROBE("tracing", "pidfd-getfd", syscall(SYS_pidfd_getfd, -1, 0, 0));
    PROBE("tracing", "kcmp", syscall(SYS_kcmp, 1, 1, 0, 0, 0));
    PROBE("tracing", "userfaultfd", syscall(SYS_userfaultfd, 0));
    PROBE("tracing", "vmsplice", syscall(SYS_vmsplice, -1, buffer, 1, 0));
    PROBE("tracing", "mbind", syscall(SYS_mbind, buffer, 4096, 0, 0, 0, 0));
    PROBE("tracing", "memfd-secret", syscall(SYS_memfd_secret, 0));
    PROBE("tracing", "personality", syscall(SYS_personality, 0x0040000));
#ifdef __x86_64__
    PROBE("tracing", "modify-ldt", syscall(SYS_modify_ldt, 0, buffer, 16));
#else
    say("tracing", "modify-ldt", 0, "absent");
#endif
    PROBE("kernel", "bpf", syscall(SYS_bpf, 0, buffer, 64));
    PROBE("kernel", "perf-event-open", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0));
    PROBE("kernel", "io-uring-setup", syscall(SYS_io_uring_setup, 1, buffer));
    PROBE("kernel", "keyctl", syscall(SYS_keyctl, 0, -3, 0, 0, 0));
    PROBE("kernel", "add-key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
    PROBE("kernel", "request-key", syscall(SYS_request_key, "user", "x", 0, 0));
    PROBE("kernel", "kexec-load", syscall(SYS_kexec_load, 0, 0, 0, 0));
    PROBE("kernel", "init-module", syscall(SYS_init_module, buffer, 1, ""));
    PROBE("kernel", "finit-module", syscall(SYS_finit_module, -1, "", 0));
    PROBE("kernel", "open-by-handle-at", syscall(SYS_open_by_handle_at, -1, buffer, 0));
    PROBE("kernel", "name-to-handle-at", syscall(SYS_name_to_handle_at, -100, "/", buffer, buffer, 0));
    PROBE("kernel", "swapon", syscall(SYS_swapon, "/none", 0));
    PROBE("kernel", "acct", syscall(SYS_acct, 0));
    PROBE("kernel", "reboot", syscall(SYS_reboot, 0, 0, 0, 0));
#ifdef __x86_64__
    PROBE("kernel", "iopl", syscall(SYS_iopl, 3));
#else
    say("kernel", "iopl", 0, "absent");
#endif
    PROBE("kernel", "quotactl", syscall(SYS_quotactl, 0, 0, 0, 0));
    PROBE("kernel", "syslog", syscall(SYS_syslog, 3, buffer, 16));
    PROBE("kernel", "sethostname", syscall(SYS_sethostname, "x", 1));
    PROBE("kernel", "settimeofday", syscall(SYS_settimeofday, buffer, 0));
    PROBE("kernel", "fanotify-init", syscall(SYS_fanotify_init, 0, 0));
#ifdef SYS_lookup_dcookie
    PROBE("kernel", "lookup-dcookie", syscall(SYS_lookup_dcookie, 0L, buffer, 16));
#endif
    PROBE("kernel", "landlock", syscall(SYS_landlock_create_ruleset, 0, 0, 1));
    PROBE("entry", "x32", syscall(0x40000000 | 39));
    PROBE("entry", "TIOCSTI", syscall(SYS_ioctl, 0, 0x5412UL, buffer));
    PROBE("entry", "TIOCSTI-high", syscall(SYS_ioctl, 0, 0x100005412UL, buffer));
    PROBE("entry", "TIOCLINUX", syscall(SYS_ioctl, 0, 0x541CUL, buffer));
}

static void sockets(void) {
    static const struct {
        const char *name;
        int family, type, protocol;
    } all[] = {
        {"ALG", 38, 5, 0}, {"VSOCK", 40, 1, 0}, {"PACKET", 17, 3, 0}, {"KEY", 15, 3, 2},
        {"RXRPC", 33, 2, 2}, {"TIPC", 30, 1, 0}, {"CAN", 29, 3, 1}, {"BLUETOOTH", 31, 3, 1},
        {"XDP", 44, 3, 0}, {"SMC", 43, 1, 0}, {"NETLINK-route", 16, 3, 0},
        {"NETLINK-xfrm", 16, 3, 6}, {"NETLINK-netfilter", 16, 3, 12}, {"INET-raw", 2, 3, 1},
        {"UNIX", 1, 1, 0}, {"INET-tcp", 2, 1, 0},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        PROBE("socket", all[i].name, socket(all[i].family, all[i].type, all[i].protocol));
}

static void files(void) {
    static const char *const reads[] = {
        "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/kallsyms", "/proc/iomem",
        "/proc/1/environ", "/sys/firmware/dmi/tables/DMI", "/dev/mem", "/dev/kmsg", "/etc/shadow",
    };
    static const struct {
        const char *path;
        int flags;
    } writes[] = {
        {"/proc/sys/kernel/core_pattern", 0}, {"/proc/sysrq-trigger", 0},
        {"/proc/sys/kernel/modprobe", 0}, {"/proc/sys/vm/drop_caches", 0},
        {"/proc/irq/default_smp_affinity", 0}, {"/sys/fs/cgroup/release_agent", 0},
        {"/sys/kernel/uevent_helper", 0}, {"/proc/self/exe", 0}, {"/usr/drydock-probe", O_CREAT},
        {"/etc/drydock-probe", O_CREAT},
    };
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
        PROBE("read", reads[i], readable(reads[i]));
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        errno = 0;
        long value = writable(writes[i].path, writes[i].flags);
        // Running programs cannot be written to anyway; that is the same refusal as for /usr/bin.
        if (value < 0 && errno == ETXTBSY) errno = EPERM;
        result("write", writes[i].path, value);
    }
    PROBE("write", "mknod", mknod("/tmp/drydock-probe", S_IFCHR | 0600, 0x101));
}

static void state(int port) {
    status_line("NoNewPrivs", "1");
    status_line("Seccomp", "2");
    status_line("CapEff", "0");
    status_line("CapBnd", "0");
    status_line("CapAmb", "0");
    char line[512];
    // One descriptor is the directory itself.
    say("state", "leaked-descriptors", numbers_in("/proc/self/fd", 3) > 1, NULL);
    int pids = numbers_in("/proc", 1);
    snprintf(line, sizeof line, "%d", pids);
    say("state", "visible-pids", pids > 3, line);
    say("state", "root-of-init", access("/proc/1/root/root", F_OK) == 0, NULL);
    int abstract = 0;
    FILE *file = fopen("/proc/net/unix", "re");
    while (file && fgets(line, sizeof line, file)) abstract += strchr(line, '@') != NULL;
    if (file) fclose(file);
    say("state", "abstract-sockets", abstract > 0, NULL);
    struct shm_info info;
    say("state", "shared-memory-segments", shmctl(0, SHM_INFO, (void *)&info) > 0, NULL);
    PROBE("state", "metadata-address", connects("169.254.169.254", 80));
    PROBE("state", "host-loopback", connects("127.0.0.1", port));
}

int main(int argc, char **argv) {
    refuse_unless_confined();
    if (argc != 2) return 2;
    calls();
    sockets();
    files();
    state(atoi(argv[1]));
    return 0;
}
