import Facts
import Synchronization
import Upstream

/// The answers about a batch of packages, up to a size.
final class BatchAnswers: Sendable {
    private typealias Answers = [String: Result<PackageAnswer<RepositoryPayload>, UpstreamError>]

    private let most: Int
    private let state = Mutex<(answers: Answers, bytes: Int)>(([:], 0))

    /// - Parameter most: Bytes of payloads, after which nothing more should be asked.
    init(most: Int) { self.most = most }

    var isFull: Bool { self.state.withLock { $0.bytes >= self.most } }

    func add(_ answer: Result<PackageAnswer<RepositoryPayload>, UpstreamError>, for key: String) {
        let parts =
            switch answer {
            case .success(.active(let payload, _)): payload.parts
            case .success(.partsChanged(let parts)): parts
            default: [] as [PayloadPart]
            }
        let bytes = parts.reduce(0) { $0 + $1.bytes.count + ($1.packed?.count ?? 0) }
        self.state.withLock { state in
            state.answers[key] = answer
            state.bytes += bytes
        }
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
