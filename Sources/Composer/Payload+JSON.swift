/// Why stored bytes are not a payload.
package struct PayloadError: Error, CustomStringConvertible {
    package var description: String
}

extension Payload {
    /// The payload as JSON: keys in fixed order, no white space, equal bytes for equal payloads.
    package func canonicalJSON() -> [UInt8] { [] }

    /// Reads what ``canonicalJSON()`` wrote.
    ///
    /// - Throws: ``PayloadError``, naming what is wrong.
    package init(canonicalJSON: some Collection<UInt8>) throws {
        throw PayloadError(description: "not implemented")
    }
}
