// MCPService: see docs/architecture.md.
