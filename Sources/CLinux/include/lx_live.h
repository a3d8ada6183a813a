// What a sandbox that lives on needs: orders to its pid 1, files beneath its root, watches.
#ifndef LX_LIVE_H
#define LX_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox_plan.h"

// Sends one order with up to PLAN_ORDER_DESCRIPTORS_MAX descriptors, without waiting.
long lx_send_order(int socket, const struct plan_order *order, const int *descriptors, size_t count);
// Sends bytes with one descriptor over a stream socket.
long lx_send_descriptor(int socket, const void *bytes, size_t count, int descriptor);

// A copy of this process, which must have one thread only: 0 in the copy.
long lx_copy_process(void);
// Ids by which the kernel judges this thread's access to files; the capabilities over files go
// with 0 and come back with it (capabilities(7)).
void lx_file_identity(unsigned user, unsigned group);

// - Parameter user: as whose the instance and its watches count.
long lx_inotify(unsigned user);
// Watches an open directory, wherever its path leads by now.
long lx_inotify_watch(int watcher, int directory, uint32_t events);
long lx_inotify_forget(int watcher, int watch);

long lx_get_attribute(int file, const char *name, void *value, size_t size);
long lx_set_attribute(int file, const char *name, const void *value, size_t size);
long lx_list_attributes(int file, char *names, size_t size);

long lx_remove_attribute(int file, const char *name);
long lx_rename(int from, const char *old_name, int to, const char *new_name);
long lx_pipe_bytes(int pipe, int bytes);
// Takes the next connection; close-on-exec.
long lx_accept(int listening, int nonblocking);
// The user of the process at the other end of a Unix socket.
long lx_peer_user(int socket);
// A temporary file without a name in a directory.
long lx_unnamed_file(const char *directory);
// Makes a whiteout, the mark of a removed file in an overlay's upper layer.
long lx_make_whiteout(int directory, const char *name);
// Sets the time of a file by its descriptor in a directory; never through a link.
long lx_set_times(int directory, const char *name, int64_t seconds, int64_t nanoseconds);

extern const uint64_t LX_RESOLVE_IN_ROOT;  // "/" and ".." end at the directory; no magic links
extern const uint32_t LX_WATCHED_EVENTS;

#endif
