/// The price list of this folder, built into the program so that it works from any place.
package enum ShippedModelPrices {
    package static let yaml: [UInt8] = PackageResources.prices_yaml
}
