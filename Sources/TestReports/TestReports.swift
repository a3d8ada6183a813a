// TestReports: see docs/architecture.md.
