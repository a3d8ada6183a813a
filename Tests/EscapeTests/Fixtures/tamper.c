// Tries to undo or to race its own confinement. One argument says how:
//   filter     installs a filter that allows everything, then traces pid 1
//   race       flips the text of a path while another thread asks to mount it, 2000 times
//   flood      lets 8 threads make 500 refused calls each, and kills itself in the middle of more
//   listener   asks for a notification listener of its own, which only one filter may have
#define _GNU_SOURCE
#include "confined.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
static struct sock_filter notify[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};

static int install(struct sock_filter *code, unsigned flags) {
    struct sock_fprog program = {.len = 1, .filter = code};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static const char *name(int result) { return result < 0 ? strerrorname_np(errno) : "OK"; }

static char path[8] = "/tmp";
static atomic_int done;

static void *flip(void *unused) {
    while (!atomic_load(&done)) {
        memcpy(path, "/usr", 5);
        memcpy(path, "/tmp", 5);
    }
    return unused;
}

static int race(void) {
    pthread_t thread;
    int let_through = 0;
    pthread_create(&thread, NULL, flip, NULL);
    for (int i = 0; i < 2000; i++)
        if (mount("none", path, "tmpfs", 0, NULL) == 0 || errno != EPERM) let_through++;
    atomic_store(&done, 1);
    pthread_join(thread, NULL);
    printf("let through %d\n", let_through);
    return 0;
}

static void *refused(void *wrong) {
    for (int i = 0; i < 500; i++)
        if (socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0 || errno != EAFNOSUPPORT)
            atomic_fetch_add((atomic_int *)wrong, 1);
    return NULL;
}

static int flood(void) {
    atomic_int wrong = 0;
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, refused, &wrong);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    // Children that die while the supervisor looks at their call.
    for (int i = 0; i < 50; i++) {
        pid_t child = fork();
        if (child == 0)
            for (;;) socket(AF_ALG, SOCK_SEQPACKET, 0);
        usleep(500);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    printf("wrong %d\n", atomic_load(&wrong));
    return 0;
}

int main(int argc, char **argv) {
    refuse_unless_confined();
    if (argc != 2) return 2;
    if (!strcmp(argv[1], "filter")) {
        int installed = install(allow, 0);
        printf("install %s\n", name(installed));
        int synced = install(allow, SECCOMP_FILTER_FLAG_TSYNC);
        printf("tsync %s\n", name(synced));
        printf("ptrace %s\n", name((int)ptrace(PTRACE_ATTACH, 1, 0, 0)));
        int no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
        printf("new-privs %s\n", name(no_new_privs));
        return 0;
    }
    if (!strcmp(argv[1], "listener")) {
        printf("listener %s\n", name(install(notify, SECCOMP_FILTER_FLAG_NEW_LISTENER)));
        return 0;
    }
    if (!strcmp(argv[1], "race")) return race();
    if (!strcmp(argv[1], "flood")) return flood();
    return 2;
}
