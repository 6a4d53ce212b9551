import Facts
import Synchronization
import Upstream

/// The answers about a batch of packages, up to a size.
final class BatchAnswers: Sendable {
    /// There is no room for an answer that is coming in: it is left for the next batch.
    struct Full: Error {}

    private typealias Answers = [String: Result<PackageAnswer<RepositoryPayload>, UpstreamError>]

    private let most: Int
    private let first: String?
    private let state = Mutex<(answers: Answers, bytes: Int)>(([:], 0))

    /// - Parameters:
    ///   - most: Bytes of answers that there is room for.
    ///   - first: Whose answer is taken however large it is, so that each batch comes to something.
    init(most: Int, first: String?) { (self.most, self.first) = (most, first) }

    /// Whether there is no room to begin with another answer.
    func isFull(for key: String) -> Bool { key != self.first && self.state.withLock { $0.bytes >= self.most } }

    /// Makes room for bytes of an answer as they come in: how many there will be nobody says before.
    ///
    /// - Throws: ``Full``.
    func take(_ bytes: Int, for key: String) throws {
        try self.state.withLock { state in
            guard key == self.first || state.bytes + bytes <= self.most else { throw Full() }
            state.bytes += bytes
        }
    }

    func add(_ answer: Result<PackageAnswer<RepositoryPayload>, UpstreamError>, for key: String) {
        self.state.withLock { $0.answers[key] = answer }
    }

    /// All of them; where upstream has answered about others, a failure is the package's own.
    ///
    /// - Parameter packages: Who was to be asked about: after an outage nobody more is.
    func judged(
        _ troubles: RepositoryTroubles,
        all packages: [KnownPackage]
    ) -> [String: Result<PackageAnswer<RepositoryPayload>, UpstreamError>] {
        var answers = self.state.withLock { $0.answers }
        if let outage = troubles.outage {
            for package in packages where answers[package.key] == nil { answers[package.key] = .failure(outage) }
            return answers
        }
        return answers.mapValues { answer in
            guard case .failure(let error) = answer, error.verdict == .unknown else { return answer }
            return .failure(error.about(.unusable))
        }
    }
}
