// The kernel's audit records, as far as they tell of Landlock's refusals (audit(7), landlock(7)).
#ifndef LX_AUDIT_H
#define LX_AUDIT_H

#include <stddef.h>

// Whether the kernel writes audit records: 1 or 0.
long lx_audit_is_enabled(void);
// A socket that receives a copy of every record. Returns a descriptor; -EPERM without CAP_AUDIT_READ.
long lx_audit_listen(void);
// One record's text without waiting, cut to `size`; *type is its AUDIT_* number. Returns its length,
// -EAGAIN when there is none, -ENOBUFS when some were lost.
long lx_audit_read(int listener, char *text, size_t size, int *type);

enum { LX_AUDIT_LANDLOCK_ACCESS = 1423, LX_AUDIT_LANDLOCK_DOMAIN = 1424 };

#endif
