/// One part of what upstream says of a package, in canonical form: most kinds have one.
package struct PayloadPart: Equatable, Sendable {
    /// The name of a part that is the whole payload: it costs no row of its own.
    package static let whole = "payload"

    package var name: String
    package var bytes: [UInt8]
    /// The same as gzip, where it came so: it is kept as it came.
    package var packed: [UInt8]?
    package var validators: Validators

    package init(name: String, bytes: [UInt8], packed: [UInt8]? = nil, validators: Validators = Validators()) {
        self.name = name
        self.bytes = bytes
        self.packed = packed
        self.validators = validators
    }

    /// However it is packed.
    package static func == (a: Self, b: Self) -> Bool {
        a.name == b.name && a.bytes == b.bytes && a.validators == b.validators
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
