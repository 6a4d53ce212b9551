/// One write that took effect, in the order in which it did.
package struct WriteRecord: Equatable, Sendable, Codable {
    /// From 1, without gaps.
    package var sequence: Int
    /// `PUT` or `DELETE`; the keys of a multi-delete are recorded one by one.
    package var method: String
    package var bucket: String
    package var key: String
    /// Of the bytes that were written; nil for deletions.
    package var sha256: String?
    package var size: Int
}
