// What the compiler and the steps expect of a C library, and the entry point.
#include "system_calls.h"

#include <errno.h>

uint32_t calls_until_failure;

long counted6(long number, long a, long b, long c, long d, long e, long f) {
    if (calls_until_failure != 0 && --calls_until_failure == 0) return -EIO;
    return raw6(number, a, b, c, d, e, f);
}

// The compiler emits calls to these two for assignments of structures.
void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    unsigned char *target = to;
    const unsigned char *source = from;
    for (size_t index = 0; index < count; index++) {
        target[index] = source[index];
        __asm__ volatile("" ::: "memory");  // or it would recognise memcpy and call itself
    }
    return to;
}

void *memset(void *to, int value, size_t count) {
    unsigned char *target = to;
    for (size_t index = 0; index < count; index++) {
        target[index] = (unsigned char)value;
        __asm__ volatile("" ::: "memory");
    }
    return to;
}

size_t text_length(const char *text) {
    size_t length = 0;
    while (text[length] != 0) length++;
    return length;
}

int text_has_slash(const char *text) {
    for (; *text != 0; text++) {
        if (*text == '/') return 1;
    }
    return 0;
}

int text_equals(const char *text, const char *other) {
    while (*text != 0 && *text == *other) text++, other++;
    return *text == *other;
}

size_t text_append(char *buffer, size_t length, size_t capacity, const char *text) {
    while (*text != 0 && length + 1 < capacity) buffer[length++] = *text++;
    buffer[length] = 0;
    return length;
}

size_t text_append_number(char *buffer, size_t length, size_t capacity, unsigned long number) {
    char digits[21];
    size_t start = sizeof digits - 1;
    digits[start] = 0;
    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return text_append(buffer, length, capacity, digits + start);
}

void run_as_init(void);

// The kernel enters here without a return address: align the stack as the ABI wants and go.
#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n xor %ebp, %ebp\n and $-16, %rsp\n call run_as_init\n hlt\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n mov x29, #0\n mov x30, #0\n bl run_as_init\n brk #1\n");
#endif
