// Forges: see docs/architecture.md.
