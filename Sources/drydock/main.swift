// The front: performs `run` itself, hands every other command to the full tool. It links no
// Foundation, no YAML and no libgit2, and so starts in a millisecond.
internal import CFrontStart
internal import Glibc
internal import LinuxKernel

front_restore_environment()
exit(Front(arguments: OwnArguments.all).run())
