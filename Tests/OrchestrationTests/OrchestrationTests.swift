// Tests of Orchestration.
