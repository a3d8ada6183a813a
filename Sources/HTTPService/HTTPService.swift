// HTTPService: see docs/architecture.md.
