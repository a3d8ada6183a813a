#ifndef LX_OVERLAY_H
#define LX_OVERLAY_H

#include <stddef.h>

// An overlay of mounts that are in no namespace, for kernels before 6.15: overlayfs takes layers of
// the caller's own mount namespace only there, and by path. A thread with a namespace of its own
// attaches them, mounts the overlay, and hands clones out; the namespace goes with the thread. What was
// attached is of no use afterwards.
struct lx_overlay {
    const int *lowers;  // the topmost first
    size_t lower_count;
    int upper_mount;      // holds the two directories
    const char *upper;    // without , : and backslash
    const char *work;
    const char *options;  // as mount(2) has them
    int overlay;          // out: detached
    int upper_clone;      // out: what takes the place of upper_mount, detached
    int error;            // out: errno
    const char *operation;  // out: the call that failed
};

// 0, or -errno. Needs the privilege to mount in the caller's user namespace.
long lx_make_overlay(struct lx_overlay *order);

#endif
