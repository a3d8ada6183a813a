/// The forges that `--forge` knows.
package enum ForgeCatalog {
    package static let all = ["local"]
}
