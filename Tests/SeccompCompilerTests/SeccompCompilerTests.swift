// Tests of SeccompCompiler.
