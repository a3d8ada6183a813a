// System calls without a C library: pid 1 links none, so that it starts in a tenth of a
// millisecond and carries no code that the sandbox does not need.
#ifndef SYSTEM_CALLS_H
#define SYSTEM_CALLS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
#else
#error "sandbox-init supports x86-64 and arm64"
#endif
}

// Counts down to the system call that a test wants to fail; see plan_header.fail_at.
extern uint32_t calls_until_failure;
long counted6(long number, long a, long b, long c, long d, long e, long f);

// call() is for set-up, raw() for the time after it. Results: 0 and up, or a negative errno.
#define CALL_SELECT(_0, _1, _2, _3, _4, _5, _6, name, ...) name
#define call(...) CALL_SELECT(__VA_ARGS__, call6, call5, call4, call3, call2, call1, call0)(__VA_ARGS__)
#define call0(n) counted6(n, 0, 0, 0, 0, 0, 0)
#define call1(n, a) counted6(n, (long)(a), 0, 0, 0, 0, 0)
#define call2(n, a, b) counted6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define call3(n, a, b, c) counted6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define call4(n, a, b, c, d) counted6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define call5(n, a, b, c, d, e) counted6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define call6(n, a, b, c, d, e, f) \
    counted6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define raw(...) CALL_SELECT(__VA_ARGS__, rw6, rw5, rw4, rw3, rw2, rw1, rw0)(__VA_ARGS__)
#define rw0(n) raw6(n, 0, 0, 0, 0, 0, 0)
#define rw1(n, a) raw6(n, (long)(a), 0, 0, 0, 0, 0)
#define rw2(n, a, b) raw6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define rw3(n, a, b, c) raw6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define rw4(n, a, b, c, d) raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define rw5(n, a, b, c, d, e) raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define rw6(n, a, b, c, d, e, f) \
    raw6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);
size_t text_length(const char *text);
int text_has_slash(const char *text);
int text_equals(const char *text, const char *other);
// Appends to a buffer of `capacity` bytes and keeps it terminated; returns the new length.
size_t text_append(char *buffer, size_t length, size_t capacity, const char *text);
size_t text_append_number(char *buffer, size_t length, size_t capacity, unsigned long number);

#endif
