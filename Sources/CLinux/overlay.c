#include "lx_overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// What mount(2) takes at most.
enum { OPTIONS_BYTES_MAX = 4096 };

// Remembers the first call that failed, as -errno.
static int fails(struct lx_overlay *order, const char *operation, long result)
{
    if (result >= 0) return 0;
    order->error = errno;
    order->operation = operation;
    return 1;
}

static int attach(struct lx_overlay *order, int mount, const char *name)
{
    return fails(order, "mkdir", mkdir(name, 0700)) ||
           fails(order, "move_mount", syscall(SYS_move_mount, mount, "", AT_FDCWD, name,
                                              MOVE_MOUNT_F_EMPTY_PATH));
}

static long clone_of(const char *name)
{
    return syscall(SYS_open_tree, AT_FDCWD, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

// Everything happens on a tmpfs that covers /proc in this thread's own mount namespace; names are
// short and relative, since a page must hold them all.
static void make(struct lx_overlay *order)
{
    char options[OPTIONS_BYTES_MAX] = "lowerdir=";
    size_t length = strlen(options);
    if (fails(order, "unshare", unshare(CLONE_FS | CLONE_NEWNS)) ||
        fails(order, "mount(private)", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) ||
        fails(order, "mount(tmpfs)", mount("none", "/proc", "tmpfs", 0, "mode=700")) ||
        fails(order, "chdir", chdir("/proc")))
        return;
    for (size_t index = 0; index < order->lower_count; index++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", index);
        if (attach(order, order->lowers[index], name)) return;
        int added = snprintf(options + length, sizeof options - length, "%s%s",
                             index == 0 ? "" : ":", name);
        length += (size_t)added;
        if (length >= sizeof options - 1) break;
    }
    if (length < sizeof options - 1) {
        length += (size_t)snprintf(options + length, sizeof options - length,
                                   ",upperdir=u/%s,workdir=u/%s,%s", order->upper, order->work,
                                   order->options);
    }
    if (length >= sizeof options - 1) {
        errno = E2BIG;
        fails(order, "mount(overlay): the layers", -1);
        return;
    }
    if (attach(order, order->upper_mount, "u") || fails(order, "mkdir", mkdir("m", 0700)) ||
        fails(order, "mount(overlay)",
              mount("overlay", "m", "overlay", MS_NOSUID | MS_NODEV, options)))
        return;
    long overlay = clone_of("m");
    if (fails(order, "open_tree", overlay)) return;
    long upper = clone_of("u");
    if (fails(order, "open_tree", upper)) {
        close((int)overlay);
        return;
    }
    order->overlay = (int)overlay;
    order->upper_clone = (int)upper;
}

static void *run(void *order)
{
    make(order);
    return NULL;
}

long lx_make_overlay(struct lx_overlay *order)
{
    pthread_t thread;
    order->error = 0;
    order->operation = "pthread_create";
    int failed = pthread_create(&thread, NULL, run, order);
    if (failed != 0) {
        order->error = failed;
        return -failed;
    }
    pthread_join(thread, NULL);
    return -order->error;
}
