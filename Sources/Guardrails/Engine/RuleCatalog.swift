/// Every built-in rule, by id.
package enum RuleCatalog {
    package static let all: [any Rule] = [
        BidirectionalText(),
        BinaryFile(),
        ChangeSize(),
        ContentPointer(),
        EnvironmentFile(),
        ExecutableBit(),
        GeneratedFile(),
        GenericSecret(),
        MigrationChanged(),
        NewExecutable(),
        OwnershipChange(),
        PolicyChanged(),
        PrivateKey(),
        ProtectedFile(),
        ProviderToken(),
        SymbolicLink(),
        TaskScope(),
        UnsafeMode(),
        URLCredential(),
        VendoredCode(),
    ]
}
