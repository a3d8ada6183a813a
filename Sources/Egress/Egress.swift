// Egress: see docs/architecture.md.
