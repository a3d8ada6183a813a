// Tests of Escape.
