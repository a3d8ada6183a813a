// CommandLineInterface: see docs/architecture.md.
