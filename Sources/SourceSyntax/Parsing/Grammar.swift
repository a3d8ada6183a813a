internal import CTreeSitter

/// A compiled grammar: its tables and the names of its symbols.
struct Grammar: Sendable {
    let language: SyntaxLanguage
    /// The name of each symbol, by number.
    let kinds: [String]
    let fields: [String]
    private let make: @Sendable () -> OpaquePointer?

    init(_ language: SyntaxLanguage, _ make: @escaping @Sendable () -> OpaquePointer?) {
        self.language = language
        self.make = make
        guard let pointer = make() else {
            kinds = []
            fields = []
            return
        }
        kinds = (0..<ts_language_symbol_count(pointer)).map { symbol in
            ts_language_symbol_name(pointer, UInt16(symbol)).map { String(cString: $0) } ?? ""
        }
        fields = (0...ts_language_field_count(pointer)).map { field in
            ts_language_field_name_for_id(pointer, UInt16(field)).map { String(cString: $0) } ?? ""
        }
    }

    var pointer: OpaquePointer? { make() }
}

extension Grammar {
    static func of(_ language: SyntaxLanguage) -> Grammar {
        switch language {
        case .bash: bash
        case .c: c
        case .cpp: cpp
        case .csharp: csharp
        case .go: go
        case .java: java
        case .javascript: javascript
        case .kotlin: kotlin
        case .php: php
        case .python: python
        case .ruby: ruby
        case .rust: rust
        case .swift: swift
        case .tsx: tsx
        case .typescript: typescript
        }
    }

    // Each is made at its first use: a run that sees Go alone reads the names of Go alone.
    private static let bash = Grammar(.bash) { tree_sitter_bash() }
    private static let c = Grammar(.c) { tree_sitter_c() }
    private static let cpp = Grammar(.cpp) { tree_sitter_cpp() }
    private static let csharp = Grammar(.csharp) { tree_sitter_c_sharp() }
    private static let go = Grammar(.go) { tree_sitter_go() }
    private static let java = Grammar(.java) { tree_sitter_java() }
    private static let javascript = Grammar(.javascript) { tree_sitter_javascript() }
    private static let kotlin = Grammar(.kotlin) { tree_sitter_kotlin() }
    private static let php = Grammar(.php) { tree_sitter_php() }
    private static let python = Grammar(.python) { tree_sitter_python() }
    private static let ruby = Grammar(.ruby) { tree_sitter_ruby() }
    private static let rust = Grammar(.rust) { tree_sitter_rust() }
    private static let swift = Grammar(.swift) { tree_sitter_swift() }
    private static let tsx = Grammar(.tsx) { tree_sitter_tsx() }
    private static let typescript = Grammar(.typescript) { tree_sitter_typescript() }
}
