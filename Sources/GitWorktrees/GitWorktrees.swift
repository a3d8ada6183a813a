// GitWorktrees: see docs/architecture.md.
