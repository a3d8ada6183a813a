/// Every fixer that needs no model, cheapest first: the default order of `heal.fixers`.
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
    ]

    package static func fixer(named name: String) -> (any Fixer)? {
        all.first { $0.name == name }
    }
}
