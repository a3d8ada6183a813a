// Runs a command as an ordinary container does: under the refusals of Docker's default list for one
// without added capabilities. (What that list allows is left alone: the tests are about what a
// container may not do.) Namespaces and mounts are refused, clone3 is unknown.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif
enum { NEW_NAMESPACES = 0x7E020000 };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)
#define REFUSE(call, error) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), ANSWER(SECCOMP_RET_ERRNO | (error))

static struct sock_filter program[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
    ANSWER(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    REFUSE(clone3, ENOSYS),
    REFUSE(unshare, EPERM), REFUSE(setns, EPERM), REFUSE(mount, EPERM), REFUSE(umount2, EPERM),
    REFUSE(pivot_root, EPERM), REFUSE(fsopen, EPERM), REFUSE(fsconfig, EPERM),
    REFUSE(fsmount, EPERM), REFUSE(fspick, EPERM), REFUSE(open_tree, EPERM),
    REFUSE(move_mount, EPERM), REFUSE(mount_setattr, EPERM), REFUSE(sethostname, EPERM),
    REFUSE(setdomainname, EPERM), REFUSE(bpf, EPERM), REFUSE(perf_event_open, EPERM),
    REFUSE(fanotify_init, EPERM), REFUSE(quotactl, EPERM), REFUSE(syslog, EPERM),
    REFUSE(keyctl, EPERM), REFUSE(add_key, EPERM), REFUSE(request_key, EPERM),
    REFUSE(userfaultfd, EPERM), REFUSE(io_uring_setup, EPERM), REFUSE(io_uring_enter, EPERM),
    REFUSE(io_uring_register, EPERM), REFUSE(kexec_load, EPERM), REFUSE(init_module, EPERM),
    REFUSE(finit_module, EPERM), REFUSE(delete_module, EPERM), REFUSE(acct, EPERM),
    REFUSE(reboot, EPERM), REFUSE(swapon, EPERM), REFUSE(swapoff, EPERM), REFUSE(kcmp, EPERM),
    REFUSE(pidfd_getfd, EPERM), REFUSE(process_madvise, EPERM), REFUSE(open_by_handle_at, EPERM),
    REFUSE(settimeofday, EPERM), REFUSE(clock_settime, EPERM), REFUSE(mbind, EPERM),
    REFUSE(set_mempolicy, EPERM), REFUSE(move_pages, EPERM), REFUSE(migrate_pages, EPERM),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_clone, 0, 3),
    LOAD(args[0]),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1),
    ANSWER(SECCOMP_RET_ERRNO | EPERM),
    ANSWER(SECCOMP_RET_ALLOW),
};

int main(int count, char **words) {
    struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
    if (count < 2) return 2;
    // Root of a container has no CAP_SYS_ADMIN either.
    if ((geteuid() == 0 && prctl(PR_CAPBSET_DROP, 21 /* CAP_SYS_ADMIN */, 0, 0, 0) < 0)
        || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) {
        perror("container");
        return 125;
    }
    execv(words[1], words + 1);
    perror(words[1]);
    return 127;
}
