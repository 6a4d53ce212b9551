import Foundation
package import Store

/// A database that a version of before has written: one round over the sandbox's built-in world, as it answered at
/// ``upstream``, published to a folder.
package enum EarlierDatabase {
    /// Where the sandbox was then; what it says of itself is in the payloads, and what was published of it in the documents.
    package static let upstream = "http://127.0.0.1:29780"

    /// Copies it into a new database.
    package static func with<Result>(
        _ database: TestDatabase,
        _ body: (_ url: String, _ engine: any SQLEngine) async throws -> Result
    ) async throws -> Result {
        func content(_ name: String) throws -> [UInt8] {
            let bytes = try TestData.made.bytes("earlier/\(name)")
            let size = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            return Gzip.decompressed(bytes, size: size) ?? []
        }
        return try await database.withEmpty { url in
            switch database {
            case .sqlite:
                let path = String(url.dropFirst("sqlite:".count))
                try Data(try content("earlier.sqlite.gz")).write(to: URL(fileURLWithPath: path))
                return try await body(url, try SQLiteEngine(path: path))
            case .postgres:
                let engine = try PostgresEngine(url: url)
                let text = String(decoding: try content("earlier.sql.gz"), as: UTF8.self)
                    .split(separator: "\n").filter { !$0.hasPrefix("--") && !$0.hasPrefix("\\") }
                    .joined(separator: "\n").replacing("public.", with: "")
                let statements = "\(text)\n".components(separatedBy: ";\n").filter { statement in
                    !statement.hasPrefix("SET ") && !statement.contains("search_path") && !statement.isEmpty
                }
                _ = try await engine.write { session in
                    for statement in statements {
                        // It asks for a row where it sets a number.
                        if statement.hasPrefix("SELECT") {
                            _ = try session.rows(SQLStatement(unsafe: statement))
                        } else {
                            try session.execute(SQLStatement(unsafe: statement))
                        }
                    }
                }
                return try await body(url, engine)
            }
        }
    }
}
