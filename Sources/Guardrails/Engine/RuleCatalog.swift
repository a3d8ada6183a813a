/// Every built-in rule, by id.
package enum RuleCatalog {
    package static let all: [any Rule] = [
        BidirectionalText(),
        BinaryFile(),
        ChangeSize(),
        ContentPointer(),
        ExecutableBit(),
        GeneratedFile(),
        MigrationChanged(),
        NewExecutable(),
        OwnershipChange(),
        PolicyChanged(),
        ProtectedFile(),
        SymbolicLink(),
        TaskScope(),
        UnsafeMode(),
        VendoredCode(),
    ]
}
