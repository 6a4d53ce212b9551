import Composer

@testable import ComposerRepository

/// The repository that most tests read.
let testURL: RepositoryURL = {
    do { return try RepositoryURL("https://composer.example/sub") } catch { preconditionFailure("\(error)") }
}()

func root(_ json: String, from url: RepositoryURL = testURL) throws -> RepositoryRoot {
    try RepositoryRoot(parsing: Array(json.utf8), from: url)
}

/// Why `body` throws an ``UnreadableAnswer``; nil where it does not.
func refusal(_ body: () throws -> some Any) -> String? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? UnreadableAnswer)?.description ?? "another error: \(error)"
    }
}

let someHash = String(repeating: "0123456789abcdef", count: 4)
