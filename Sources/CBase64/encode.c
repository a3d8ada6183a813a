// What a stream of output costs is in good part its Base64.
// In C as Swift has no shuffle of a vector's bytes. After W. Muła and D. Lemire, "Faster Base64
// Encoding and Decoding Using AVX2 Instructions" (2018), in vectors of no particular machine.
#include "CBase64.h"

#include <string.h>

typedef uint8_t bytes32 __attribute__((vector_size(32)));
typedef int8_t values32 __attribute__((vector_size(32)));
typedef uint32_t words8 __attribute__((vector_size(32)));

#if defined(__x86_64__)
// Chosen when the program is loaded.
__attribute__((target_clones("avx2", "default")))
#endif
size_t base64_encode_groups(const uint8_t *bytes, size_t count, uint8_t *text) {
    size_t done = 0;
    while (count - done >= 32) {
        bytes32 input;
        memcpy(&input, bytes + done, sizeof input);
        // Three bytes to a word, the first the highest (of a little-endian word).
        words8 three = (words8)__builtin_shufflevector(
            input, input, 2, 1, 0, 0, 5, 4, 3, 3, 8, 7, 6, 6, 11, 10, 9, 9, 14, 13, 12, 12, 17, 16,
            15, 15, 20, 19, 18, 18, 23, 22, 21, 21);
        // Six bits to a byte, in the order in which they are written.
        words8 four = ((three >> 18) & 0x3f) | ((three >> 4) & 0x3f00) |
                      ((three << 10) & 0x3f0000) | ((three << 24) & 0x3f000000);
        values32 value = (values32)four;
        values32 letters = value + 'A';
        letters += (value > 25) & ('a' - 'Z' - 1);
        letters += (value > 51) & ('0' - 'z' - 1);
        letters += (value > 61) & ('+' - '9' - 1);
        letters += (value > 62) & ('/' - '+' - 1);
        memcpy(text, &letters, sizeof letters);
        done += 24;
        text += 32;
    }
    return done;
}
