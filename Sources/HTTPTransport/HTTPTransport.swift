// HTTPTransport: see docs/architecture.md.
