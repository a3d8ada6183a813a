// Makes raw system calls and prints what the kernel says: the victim program of most escape tests.
//
//   call "ptrace 0 1 0 0" "chroot @/tmp" ...
//
// Each argument is one call: a name or number, then its arguments. @text is a pointer to that text,
// %N a pointer to N zeroed bytes, anything else a number (0x for hexadecimal, -1 and the like).
// For each it prints the name and OK or the errno's name. Raw, because libc checks, emulates and
// hides calls; C, because it must be static and start in any root.
#define _GNU_SOURCE
#include "confined.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) {#name, SYS_##name}
static const struct {
    const char *name;
    long number;
} calls[] = {
    CALL(acct), CALL(add_key), CALL(adjtimex), CALL(bpf), CALL(chroot), CALL(clock_settime),
    CALL(clone), CALL(clone3), CALL(delete_module), CALL(execveat), CALL(fanotify_init),
    CALL(fcntl), CALL(finit_module), CALL(flock), CALL(fsconfig), CALL(fsmount), CALL(fsopen),
    CALL(fspick), CALL(init_module), CALL(io_uring_enter), CALL(io_uring_register),
    CALL(io_uring_setup), CALL(ioctl), CALL(kcmp), CALL(kexec_load), CALL(keyctl), CALL(kill),
    CALL(landlock_create_ruleset), CALL(mbind), CALL(memfd_create), CALL(mknodat), CALL(mount),
    CALL(mount_setattr), CALL(move_mount), CALL(name_to_handle_at), CALL(open_by_handle_at),
    CALL(open_tree), CALL(openat), CALL(perf_event_open), CALL(personality), CALL(pidfd_getfd),
    CALL(pidfd_open), CALL(pivot_root), CALL(prctl), CALL(process_madvise),
    CALL(process_vm_readv), CALL(process_vm_writev), CALL(ptrace), CALL(quotactl), CALL(reboot),
    CALL(request_key), CALL(setdomainname), CALL(sethostname), CALL(setns), CALL(setsockopt),
    CALL(settimeofday), CALL(socket), CALL(socketpair), CALL(swapoff), CALL(swapon), CALL(syslog),
    CALL(umount2), CALL(unshare), CALL(userfaultfd), CALL(vmsplice), CALL(vhangup),
#ifdef __x86_64__
    CALL(iopl), CALL(ioperm), CALL(modify_ldt),
#endif
};

static long number_of(const char *name) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (!strcmp(calls[i].name, name)) return calls[i].number;
    char *end;
    long number = strtol(name, &end, 0);
    if (*end || end == name) {
        fprintf(stderr, "call: unknown call %s\n", name);
        exit(2);
    }
    return number;
}

static long value_of(char *word) {
    if (*word == '@') return (long)(word + 1);
    if (*word == '%') {
        void *buffer = calloc(1, strtoul(word + 1, NULL, 0));
        if (!buffer) exit(2);
        return (long)buffer;
    }
    return (long)strtoull(word, NULL, 0);
}

int main(int argc, char **argv) {
    refuse_unless_confined();
    for (int i = 1; i < argc; i++) {
        long values[6] = {0};
        int count = 0;
        char *rest = NULL;
        char *name = strtok_r(argv[i], " ", &rest);
        if (!name) return 2;
        for (char *word; (word = strtok_r(NULL, " ", &rest)) && count < 6;)
            values[count++] = value_of(word);
        errno = 0;
        long result = syscall(
            number_of(name), values[0], values[1], values[2], values[3], values[4], values[5]);
        const char *text = result == -1 ? strerrorname_np(errno) : "OK";
        printf("%s %s\n", name, text ? text : "UNKNOWN");
        fflush(stdout);
    }
    return 0;
}
