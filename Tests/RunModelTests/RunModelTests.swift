// Tests of RunModel.
