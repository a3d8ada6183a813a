// Receives a message with at most one descriptor over a Unix socket: the CMSG_ macros of cmsg(3)
// are not visible from Swift.
#ifndef LX_DESCRIPTOR_PASSING_H
#define LX_DESCRIPTOR_PASSING_H

#include <stddef.h>

// Fills `buffer`; `*received` is the message's size, 0 at the end. `*descriptor` is -1 where none
// came; it is close-on-exec. A message with more descriptors than one is refused, all closed.
// Returns 0 or a negative errno; waits.
long lx_receive_descriptor(int socket, void *buffer, size_t size, size_t *received, int *descriptor);

#endif
