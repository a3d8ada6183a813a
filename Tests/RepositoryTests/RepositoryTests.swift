// Tests of Repository.
