// Guardrails: see docs/architecture.md.
