// The front: see docs/architecture.md.
