// tree-sitter's core and the grammars that .ci/tree-sitter compiles into one archive.
// The headers are found beside the checkout, so that no machine needs them installed.
#ifndef DRYDOCK_CTREESITTER_SHIM_H
#define DRYDOCK_CTREESITTER_SHIM_H

#if !__has_include("../../.deps/include/tree_sitter/api.h")
#error "tree-sitter is not built: run .ci/tree-sitter once"
#endif
#include "../../.deps/include/tree_sitter/api.h"

const TSLanguage *tree_sitter_bash(void);
const TSLanguage *tree_sitter_c(void);
const TSLanguage *tree_sitter_c_sharp(void);
const TSLanguage *tree_sitter_cpp(void);
const TSLanguage *tree_sitter_go(void);
const TSLanguage *tree_sitter_java(void);
const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_kotlin(void);
const TSLanguage *tree_sitter_php(void);
const TSLanguage *tree_sitter_python(void);
const TSLanguage *tree_sitter_ruby(void);
const TSLanguage *tree_sitter_rust(void);
const TSLanguage *tree_sitter_swift(void);
const TSLanguage *tree_sitter_tsx(void);
const TSLanguage *tree_sitter_typescript(void);

#endif
