// Repair: see docs/architecture.md.
