// Tests of TestReports.
