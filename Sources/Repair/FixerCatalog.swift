/// Every fixer, cheapest first and models last: the default order of `heal.fixers`.
package enum FixerCatalog {
    package static let all: [any Fixer] = [
        FormatFixer(),
        LockfileFixer(),
        MissingDependencyFixer(),
        PinFixer(),
        RenameFixer(),
        EnvironmentFixer(),
        PartialRevertFixer(),
        RevertFixer(),
        ModelFixer(),
    ]

    package static func fixer(named name: String) -> (any Fixer)? {
        all.first { $0.name == name }
    }
}
