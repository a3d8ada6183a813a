// Base64 (RFC 4648) in vectors.
#ifndef CBASE64_H
#define CBASE64_H

#include <stddef.h>
#include <stdint.h>

// Encodes whole groups of 24 bytes while 32 can be read, into 32 characters each.
// Returns how many bytes it encoded; the rest is the caller's.
size_t base64_encode_groups(const uint8_t *bytes, size_t count, uint8_t *text);

#endif
