// Tests of Repair.
