// Tests of Attestations.
