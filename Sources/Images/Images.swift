// Images: see docs/architecture.md.
