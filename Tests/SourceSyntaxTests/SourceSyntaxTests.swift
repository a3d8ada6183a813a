// Tests of SourceSyntax.
