// Attestations: see docs/architecture.md.
