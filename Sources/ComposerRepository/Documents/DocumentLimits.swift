/// How much is read.
package enum DocumentLimits {
    /// Of one document: the largest of Packagist's have some 3 MB.
    package static let bytes = 16 << 20
    /// Of what is kept about a package to be shown.
    package static let descriptionBytes = 1_024
}
