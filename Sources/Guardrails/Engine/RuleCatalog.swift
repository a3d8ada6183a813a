/// Every built-in rule, by id.
package enum RuleCatalog {
    package static let all: [any Rule] = [
        BidirectionalText()
    ]
}
