/// What a command was sent with: which members it needs depends on the command.
protocol CommandBody: Decodable {}

extension CommandBody {
    /// - Throws: ``SandboxError/badCommand(_:)`` that names what is missing.
    func required<Value>(_ value: Value?, _ name: String) throws(SandboxError) -> Value {
        guard let value else { throw .badCommand("\"\(name)\" is missing") }
        return value
    }
}
