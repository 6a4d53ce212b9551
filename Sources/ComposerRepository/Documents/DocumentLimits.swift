/// How much is read.
package enum DocumentLimits {
    /// Of one document: the largest of Packagist's have some 3 MB.
    package static let bytes = 16 << 20
    /// Of one package: what has the most has some 2,800.
    ///
    /// What is known of each takes far more memory than its bytes can.
    package static let versions = 50_000
    /// Of what is kept about a package to be shown.
    package static let descriptionBytes = 1_024
}
