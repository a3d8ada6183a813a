// Tests of Sandboxing.
