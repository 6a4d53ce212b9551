/// One part of what upstream says of a package, in canonical form: most kinds have one.
package struct PayloadPart: Equatable, Sendable {
    package var name: String
    package var bytes: [UInt8]
    package var validators: Validators

    package init(name: String, bytes: [UInt8], validators: Validators = Validators()) {
        self.name = name
        self.bytes = bytes
        self.validators = validators
    }
}

/// What upstream is told of the answer that is known, so that it need not give the same again.
package struct Validators: Equatable, Sendable {
    package var etag: String?
    /// As it came.
    package var lastModified: String?

    package init(etag: String? = nil, lastModified: String? = nil) {
        self.etag = etag
        self.lastModified = lastModified
    }
}
