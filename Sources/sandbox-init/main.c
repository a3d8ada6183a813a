// Pid 1 of every sandbox. See docs/architecture.md.
int main(void) { return 125; }
