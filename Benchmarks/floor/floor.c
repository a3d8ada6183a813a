// The least that a sandbox with Drydock's layers costs: what the benchmarks measure Drydock by.
//
//   floor [--net] [--cgroup] [--without LAYER,...] [--times COUNT] --filter FILE -- COMMAND [ARG...]
//
// Layers to leave out, to see what each costs: overlay, masks, landlock, seccomp.
//
// With --times it does so again and again in one process, as a library would, and prints the
// milliseconds from start to reaped as JSON.
//
// One small program that does, in order and without any product around it: cgroup v1 groups with
// limits, one clone into all namespaces, user maps, a root of read-only binds, proc, dev, tmp, an
// overlay, pivot_root, masks, loopback, rlimits, Landlock, capabilities, no_new_privs, the very same
// seccomp program (FILE, as filter-dump wrote it), and a pid 1 that runs, reaps and reports. It checks
// every call, so that what it leaves out shows, but it streams nothing, reports no denials, handles no
// signals, accounts nothing and cleans up after no crash.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

// Host user id of the sandbox: unprivileged, outside the ranges of subuid and systemd.
#define HOST_ID 1900000000

static struct sock_fprog filter;
static const char *without = "";

static int has(const char *layer) { return strstr(without, layer) == NULL; }

#define CHECK(call)                                                                                \
    do {                                                                                           \
        if ((call) < 0) {                                                                          \
            fprintf(stderr, "floor: %s: %s\n", #call, strerror(errno));                            \
            exit(125);                                                                             \
        }                                                                                          \
    } while (0)

static void put(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, text, strlen(text)) < 0) {
        fprintf(stderr, "floor: write %s: %s\n", path, strerror(errno));
        exit(125);
    }
    close(file);
}

// ---- cgroup v1: one directory for each controller -------------------------------------------

static const struct {
    const char *controller, *file, *limit;
} limits[] = {
    {"memory", "memory.limit_in_bytes", "6442450944"},
    {"pids", "pids.max", "512"},
    {"cpu", "cpu.cfs_quota_us", "200000"},
};

static void group_path(char *path, size_t size, int index, const char *file) {
    snprintf(path, size, "/sys/fs/cgroup/%s/drydock-floor-%d%s%s", limits[index].controller,
             getpid(), *file ? "/" : "", file);
}

static void make_groups(void) {
    char path[256];
    for (int i = 0; i < 3; i++) {
        group_path(path, sizeof path, i, "");
        CHECK(mkdir(path, 0755));
        group_path(path, sizeof path, i, limits[i].file);
        put(path, limits[i].limit);
    }
}

static int group_files[3] = {-1, -1, -1};

static void open_groups(void) {
    char path[256];
    for (int i = 0; i < 3; i++) {
        group_path(path, sizeof path, i, "tasks");
        CHECK(group_files[i] = open(path, O_WRONLY | O_CLOEXEC));
    }
}

// By the child itself: moving another process waits for a grace period of RCU, milliseconds on a busy
// machine; a thread that moves itself does not.
static void join_groups(void) {
    for (int i = 0; i < 3; i++)
        if (group_files[i] >= 0) CHECK(write(group_files[i], "0", 1));
}

static void remove_groups(void) {
    char path[256];
    for (int i = 0; i < 3; i++) {
        group_path(path, sizeof path, i, "");
        CHECK(rmdir(path));
    }
}

// ---- root file system -----------------------------------------------------------------------

static const char *const binds[] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache",
    "/etc/ssl/certs", "/etc/localtime", "/etc/services", "/etc/protocols", "/etc/os-release",
};
static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
// As in Policies/sandbox/build.yaml; what this kernel does not have is skipped, there as here.
static const char *const masks[] = {
    "proc/acpi", "proc/asound", "proc/bus", "proc/config.gz", "proc/diskstats", "proc/fs",
    "proc/interrupts", "proc/iomem", "proc/ioports", "proc/irq", "proc/kallsyms", "proc/kcore",
    "proc/key-users", "proc/keys", "proc/latency_stats", "proc/modules", "proc/partitions",
    "proc/sched_debug", "proc/scsi", "proc/swaps", "proc/sysrq-trigger", "proc/timer_list",
};

static void make_place(const char *path, int is_directory) {
    char copy[256];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(copy, 0755) && errno != EEXIST) CHECK(-1);
        *slash = '/';
    }
    if (is_directory) {
        if (mkdir(copy, 0755) && errno != EEXIST) CHECK(-1);
    } else {
        int file;
        CHECK(file = open(copy, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
        close(file);
    }
}

static void bind_onto(const char *source, const char *target, unsigned long long attributes) {
    struct mount_attr change = {.attr_set = attributes};
    int tree;
    CHECK(tree = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | AT_RECURSIVE));
    if (attributes)
        CHECK(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &change,
                      sizeof change));
    CHECK(syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
    close(tree);
}

static void make_root(void) {
    const unsigned long safe = MS_NOSUID | MS_NODEV;
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK(mount("root", "/tmp", "tmpfs", safe, "mode=755,size=16m"));
    CHECK(chdir("/tmp"));
    for (size_t i = 0; i < sizeof binds / sizeof *binds; i++) {
        struct stat status;
        if (stat(binds[i], &status)) continue;
        make_place(binds[i] + 1, S_ISDIR(status.st_mode));
        bind_onto(binds[i], binds[i] + 1,
                  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    }
    static const char *const places[] = {"proc", "dev/shm", "tmp", "work", "layers/upper",
                                         "layers/work", "layers/lower"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) make_place(places[i], 1);
    CHECK(mount("proc", "proc", "proc", safe | MS_NOEXEC, "hidepid=invisible"));
    CHECK(mount("dev", "dev", "tmpfs", safe | MS_NOEXEC, "mode=755,size=64k"));
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "/dev/%s", devices[i]);
        snprintf(to, sizeof to, "dev/%s", devices[i]);
        make_place(to, 0);
        bind_onto(from, to, 0);
    }
    make_place("dev/shm", 1);
    CHECK(mount("shm", "dev/shm", "tmpfs", safe, "mode=1777,size=256m"));
    CHECK(mount("tmp", "tmp", "tmpfs", safe, "mode=1777,size=1g"));
    if (has("overlay"))
        CHECK(mount("work", "work", "overlay", safe,
                    "lowerdir=layers/lower,upperdir=layers/upper,workdir=layers/work,userxattr"));
    make_place("empty", 1);
    for (size_t i = 0; has("masks") && i < sizeof masks / sizeof *masks; i++) {
        struct stat status;
        if (stat(masks[i], &status)) continue;
        bind_onto(S_ISDIR(status.st_mode) ? "empty" : "/dev/null", masks[i], MOUNT_ATTR_RDONLY);
    }
    bind_onto("proc/sys", "proc/sys", MOUNT_ATTR_RDONLY);
    make_place("dev/pts", 1);
    CHECK(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                "newinstance,mode=620,ptmxmode=666"));
    CHECK(syscall(SYS_pivot_root, ".", "."));
    CHECK(umount2(".", MNT_DETACH));
    CHECK(chdir("/work"));
}

// ---- fences -----------------------------------------------------------------------------------

static void loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int file;
    CHECK(file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    CHECK(ioctl(file, SIOCSIFFLAGS, &request));
    close(file);
}

static void limit_resources(void) {
    static const struct {
        int kind;
        rlim_t value;
    } all[] = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 65536}, {RLIMIT_MEMLOCK, 8 << 20},
               {RLIMIT_MSGQUEUE, 819200}, {RLIMIT_NPROC, 512}, {RLIMIT_RTPRIO, 0}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct rlimit limit = {all[i].value, all[i].value};
        struct rlimit now;
        CHECK(getrlimit(all[i].kind, &now));
        if (limit.rlim_max > now.rlim_max) limit.rlim_cur = limit.rlim_max = now.rlim_max;
        CHECK(setrlimit(all[i].kind, &limit));
    }
}

static void landlock(void) {
    struct landlock_ruleset_attr handled = {.handled_access_fs = (1 << 13) - 1};
    int rules;
    CHECK(rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0));
    static const char *const places[] = {"/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/proc",
                                         "/dev", "/dev/null", "/dev/zero", "/dev/full", "/dev/tty",
                                         "/tmp", "/dev/shm", "/work"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int place = open(places[i], O_PATH | O_CLOEXEC);
        if (place < 0) continue;
        struct stat status;
        CHECK(fstat(place, &status));
        // Files take only the rights of files: execute, write and read.
        struct landlock_path_beneath_attr rule = {
            .allowed_access = !S_ISDIR(status.st_mode) ? 7 : i < 7 ? 13 : (1 << 13) - 1,
            .parent_fd = place};
        CHECK(syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
        close(place);
    }
    CHECK(syscall(SYS_landlock_restrict_self, rules, 0));
    close(rules);
}

static void drop_privileges(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        CHECK(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0));
    CHECK(syscall(SYS_capset, &header, none));
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void install_filter(void) {
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                  SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                  &filter));
}

static void read_filter(const char *path) {
    static struct sock_filter code[BPF_MAXINSNS];
    int file;
    ssize_t size;
    CHECK(file = open(path, O_RDONLY | O_CLOEXEC));
    CHECK(size = read(file, code, sizeof code));
    close(file);
    filter.len = (unsigned short)((size_t)size / sizeof *code);
    filter.filter = code;
}

// ---- pid 1 ------------------------------------------------------------------------------------

static int be_init(char **command, int with_network, int ready, int report) {
    char byte;
    join_groups();
    if (read(ready, &byte, 1) != 1) _exit(125);
    CHECK(syscall(SYS_unshare, CLONE_NEWCGROUP));
    // From the host's root, which has no number in here, to the sandbox's own.
    CHECK(syscall(SYS_setresgid, 0, 0, 0));
    CHECK(syscall(SYS_setresuid, 0, 0, 0));
    make_root();
    if (with_network) loopback_up();
    CHECK(sethostname("drydock", 7));
    limit_resources();
    CHECK(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    if (has("landlock")) landlock();
    drop_privileges();
    if (has("seccomp")) install_filter();
    pid_t child = vfork();
    if (child == 0) {
        static char *environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", NULL};
        setsid();
        syscall(SYS_close_range, 3, ~0U, 0);
        execve(command[0], command, environment);
        _exit(127);
    }
    CHECK(child);
    int status, last = 0;
    for (pid_t ended; (ended = waitpid(-1, &status, 0)) > 0;)
        if (ended == child) {
            last = status;
            break;
        }
    return write(report, &last, sizeof last) == sizeof last ? 0 : 125;
}

// Returns the command's exit status.
static int run(char **command, int with_network, int with_group) {
    if (with_group) {
        make_groups();
        open_groups();
    }
    int ready[2], report[2], pidfd = -1;
    CHECK(pipe2(ready, O_CLOEXEC));
    CHECK(pipe2(report, O_CLOEXEC));
    struct clone_args clone = {
        .flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
                 CLONE_PIDFD | CLONE_CLEAR_SIGHAND |
                 (with_network ? CLONE_NEWNET : 0),
        .pidfd = (unsigned long)&pidfd,
        .exit_signal = SIGCHLD,
    };
    pid_t child = (pid_t)syscall(SYS_clone3, &clone, sizeof clone);
    CHECK(child);
    if (child == 0) {
        close(ready[1]);  // Else it would never see that its parent is gone.
        _exit(be_init(command, with_network, ready[0], report[1]));
    }
    char file[64], map[64];
    snprintf(map, sizeof map, "0 %d 1", HOST_ID);
    snprintf(file, sizeof file, "/proc/%d/uid_map", child);
    put(file, map);
    snprintf(file, sizeof file, "/proc/%d/gid_map", child);
    put(file, map);
    CHECK(write(ready[1], "x", 1));
    close(report[1]);
    int status = 125 << 8;
    ssize_t count = read(report[0], &status, sizeof status);
    siginfo_t info;
    CHECK(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED));
    for (int i = 0; i < 3 && with_group; i++) close(group_files[i]);
    if (with_group) remove_groups();
    close(ready[0]);
    close(ready[1]);
    close(report[0]);
    close(pidfd);
    if (count != sizeof status) return 125;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static int run_often(int times, char **command, int with_network, int with_group) {
    double *taken = calloc((size_t)times, sizeof *taken);
    if (!taken) return 125;
    for (int i = -5; i < times; i++) {
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        int status = run(command, with_network, with_group);
        clock_gettime(CLOCK_MONOTONIC, &end);
        if (status != 0) return status;
        if (i >= 0)
            taken[i] = (double)(end.tv_sec - start.tv_sec) * 1e3 +
                       (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    }
    qsort(taken, (size_t)times, sizeof *taken, compare);
    printf("{\"runs\": %d, \"min_ms\": %f, \"p50_ms\": %f, \"p99_ms\": %f}\n", times, taken[0],
           taken[times / 2], taken[times * 99 / 100]);
    free(taken);
    return 0;
}

int main(int argc, char **argv) {
    int with_network = 0, with_group = 0, times = 0, next = 1;
    const char *path = NULL;
    for (; next < argc && strcmp(argv[next], "--"); next++) {
        if (!strcmp(argv[next], "--net")) with_network = 1;
        else if (!strcmp(argv[next], "--cgroup")) with_group = 1;
        else if (!strcmp(argv[next], "--without") && next + 1 < argc) without = argv[++next];
        else if (!strcmp(argv[next], "--filter") && next + 1 < argc) path = argv[++next];
        else if (!strcmp(argv[next], "--times") && next + 1 < argc) times = atoi(argv[++next]);
    }
    if (!path || next + 1 >= argc) {
        fprintf(stderr, "usage: floor [--net] [--cgroup] [--without LAYER,...] [--times COUNT] --filter FILE -- COMMAND [ARG...]\n");
        return 125;
    }
    read_filter(path);
    if (times > 0) return run_often(times, argv + next + 1, with_network, with_group);
    return run(argv + next + 1, with_network, with_group);
}
