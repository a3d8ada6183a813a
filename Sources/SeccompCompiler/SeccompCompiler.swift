// SeccompCompiler: see docs/architecture.md.
