import Wire

/// The answer to a multi-object delete in quiet mode: what could not be deleted.
///
/// Believed only when it is complete: a key that is not named counts as deleted.
struct S3DeleteResult: Equatable {
    struct Invalid: Error, Equatable {
        var problem: String
    }

    /// Full keys, with what is said of each.
    var errors: [Entry] = []

    struct Entry: Equatable {
        var key = ""
        var error = S3ErrorBody([])
    }

    /// - Throws: ``Invalid``.
    init(_ bytes: [UInt8]) throws {
        var scanner = XMLScanner(bytes)
        var path: [String] = []
        while let token = scanner.next() {
            switch token {
            case .open(let name):
                guard !path.isEmpty || name == "DeleteResult" else {
                    throw Invalid(problem: "it does not begin with <DeleteResult>")
                }
                path.append(name)
                if path.count == 2, name == "Error" { self.errors.append(Entry()) }
            case .close(let name):
                guard path.popLast() == name else { throw Invalid(problem: "its tags do not match") }
                if path.isEmpty {
                    guard self.errors.allSatisfy({ !$0.key.isEmpty }) else {
                        throw Invalid(problem: "one of its errors names no key")
                    }
                    return
                }
            case .text(let text):
                guard path.count == 3, path[1] == "Error" else { continue }
                let last = self.errors.count - 1
                switch path[2] {
                case "Key": self.errors[last].key = text
                case "Code": self.errors[last].error.code = PlainWord.code(text)
                default: break
                }
            }
        }
        throw Invalid(problem: "it is cut off")
    }
}
