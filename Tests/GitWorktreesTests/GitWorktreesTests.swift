// Tests of GitWorktrees.
