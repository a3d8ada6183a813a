// Giving up rights for good, in every thread of the process: glibc's own calls do that, the raw
// system calls would change the calling thread alone (nptl(7)).
#ifndef LX_PRIVILEGES_H
#define LX_PRIVILEGES_H

#include <sys/types.h>

// No debugger of the same user, no core dump, no way to gain rights by executing something.
// Returns 0 or a negative errno.
long lx_hide_memory(void);

// From root to `user`, a group of the same number, and no other groups. Fails with EPERM when the
// way back is open afterwards. Returns 0 or a negative errno.
long lx_become_user(uid_t user);

#endif
