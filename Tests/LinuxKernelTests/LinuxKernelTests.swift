// Tests of LinuxKernel.
