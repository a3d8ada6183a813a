// What libgit2 would do at its start and `drydock gate` has no use for.
#ifndef CGATESTART_H
#define CGATESTART_H

// libgit2 reads all certificates of the machine when it starts, for servers that the gate never
// speaks with: it reads a repository on this machine. The functions of the program come before
// those of the library, and these read nothing.
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_path(void *chain, const char *path);

#endif
