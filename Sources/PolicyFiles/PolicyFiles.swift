// PolicyFiles: see docs/architecture.md.
