// Tests of Egress.
