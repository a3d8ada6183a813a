// Tests of PolicyFiles.
