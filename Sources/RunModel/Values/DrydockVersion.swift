/// The version of this Drydock: of the command, of its reports, and part of every cache key.
package enum DrydockVersion {
    package static let text = "0.1.0"
    /// How HTTP requests name it.
    package static let userAgent = "drydock/" + text
}
