// Sandboxing: see docs/architecture.md.
