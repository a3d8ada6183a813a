// SourceSyntax: see docs/architecture.md.
