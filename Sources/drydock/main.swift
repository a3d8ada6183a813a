// The front: performs `run` itself, hands every other command to the full tool. It links no
// Foundation, no YAML and no libgit2, and so starts in a millisecond.
internal import Glibc

exit(Front(arguments: CommandLine.arguments).run())
