// Orchestration: see docs/architecture.md.
