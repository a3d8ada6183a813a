// The victim programs do harm where nothing stops them: as root outside a sandbox one of them would
// mount over /tmp. So each first makes sure that it has no capabilities and no way to get any.
#ifndef CONFINED_H
#define CONFINED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void refuse_unless_confined(void) {
    char line[256];
    int without_capabilities = 0, without_new_privileges = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (!strncmp(line, "CapEff:", 7)) without_capabilities = !strtoull(line + 7, NULL, 16);
        if (!strncmp(line, "NoNewPrivs:", 11)) without_new_privileges = atoi(line + 11) == 1;
    }
    if (file) fclose(file);
    if (without_capabilities && without_new_privileges) return;
    fprintf(stderr, "refused: this program attacks its surroundings; run it in a sandbox only\n");
    exit(99);
}

#endif
