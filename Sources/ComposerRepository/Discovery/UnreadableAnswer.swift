import Wire

/// A file of a Composer repository that is not what it should be: nothing of it counts.
///
/// `description` is part of a sentence, without the address: "no list of changes: 'actions' is missing".
package struct UnreadableAnswer: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was expected, and why this is none.
    package var description: String

    init(_ expected: String, _ reason: String) { self.description = "no \(expected): \(reason)" }

    /// Reads with `body`; JSON that ends early or is damaged becomes an error that says what it should have been.
    static func reading<Value>(_ expected: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let failure as JSONReader.Failure {
            throw UnreadableAnswer(expected, "\(failure.reason) (at byte \(failure.position))")
        }
    }
}
