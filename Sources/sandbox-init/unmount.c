// The old root goes while pid 1 takes away its own rights: the kernel lets nobody see it any more at
// once, but waits for a grace period of RCU before the call returns, a tenth of a millisecond that pid 1
// has better use for. It is waited for before anything of the sandbox's is executed.
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>

#include "../CLinux/raw_call.h"
#include "state.h"

enum { DETACH = 2, STACK_BYTES = 4096 };

static uint32_t is_done;
static long outcome;
static long thread;
static char stack[STACK_BYTES] __attribute__((aligned(16)));

static void unmount_here(void *ignored) {
    (void)ignored;
    outcome = raw(SYS_umount2, ".", DETACH);
    __atomic_store_n(&is_done, 1, __ATOMIC_RELEASE);
    raw(SYS_futex, &is_done, FUTEX_WAKE, 1, 0, 0, 0);
    for (;;) raw(SYS_exit, 0);
}

long begin_unmount_here(void) {
    // Where a test counts calls, they come one after the other.
    if (calls_until_failure != 0) return call(SYS_umount2, ".", DETACH);
    // A working directory of its own: pid 1 changes its own meanwhile.
    const uint64_t flags = CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    thread = lx_raw_clone(flags, (uint64_t)(stack + sizeof stack), 0, unmount_here, 0);
    return thread < 0 ? call(SYS_umount2, ".", DETACH) : 0;
}

long finish_unmount(void) {
    if (thread <= 0) return 0;
    while (__atomic_load_n(&is_done, __ATOMIC_ACQUIRE) == 0) {
        raw(SYS_futex, &is_done, FUTEX_WAIT, 0, 0, 0, 0);
    }
    // Until it is gone it counts among the processes of the sandbox.
    while (raw(SYS_tgkill, raw(SYS_getpid), thread, 0) >= 0) raw(SYS_sched_yield);
    thread = 0;
    return outcome;
}
