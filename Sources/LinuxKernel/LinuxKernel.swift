// LinuxKernel: see docs/architecture.md.
