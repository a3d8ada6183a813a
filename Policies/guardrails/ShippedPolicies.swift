/// The policies of this folder, built into the program so that it works from any place.
///
/// Adding one: the file here, its line in Package.swift, and its line below.
package enum ShippedPolicies {
    /// The bytes of each policy, by name.
    package static let all: [(name: String, yaml: [UInt8])] = [
        ("default", PackageResources.default_yaml),
        ("dependency-update", PackageResources.dependency_update_yaml),
        ("infrastructure", PackageResources.infrastructure_yaml),
        ("strict", PackageResources.strict_yaml),
        ("test-only", PackageResources.test_only_yaml),
    ]
}
