// Writes the seccomp filter that a process really has: `filter-dump PID > FILE`.
//
// The floor must install the very bytes that Drydock installs, whatever file they came from, so they
// are taken from the kernel (PTRACE_SECCOMP_GET_FILTER, root only, CONFIG_CHECKPOINT_RESTORE).
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

int main(int argc, char **argv) {
    static struct sock_filter code[BPF_MAXINSNS];
    if (argc != 2) return 2;
    pid_t pid = atoi(argv[1]);
    if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) || waitpid(pid, NULL, __WALL) != pid) {
        fprintf(stderr, "filter-dump: attach %d: %s\n", pid, strerror(errno));
        return 1;
    }
    long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0L, code);
    int failed = errno;
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    if (length <= 0) {
        fprintf(stderr, "filter-dump: filter of %d: %s\n", pid, strerror(failed));
        return 1;
    }
    return fwrite(code, sizeof *code, (size_t)length, stdout) == (size_t)length ? 0 : 1;
}
