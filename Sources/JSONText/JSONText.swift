// JSONText: see docs/architecture.md.
