/// One part of what upstream says of a package, in canonical form: most kinds have one.
package struct PayloadPart: Equatable, Sendable {
    /// The name of a part that is the whole payload: it costs no row of its own.
    package static let whole = "payload"

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
