// The very beginning of the front's process.
#ifndef CFRONTSTART_H
#define CFRONTSTART_H

// Gives the environment back as it came.
void front_restore_environment(void);

#endif
