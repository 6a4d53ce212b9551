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
    func judged(_ troubles: RepositoryTroubles) -> [String: Result<PackageAnswer<RepositoryPayload>, UpstreamError>] {
        let answers = self.state.withLock { $0.answers }
        guard troubles.outage == nil else { return answers }
        return answers.mapValues { answer in
            guard case .failure(let error) = answer, error.verdict == .unknown else { return answer }
            return .failure(error.about(.unusable))
        }
    }
}
