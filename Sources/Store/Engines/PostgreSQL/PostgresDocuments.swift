import Composer
import Dispatch
import Synchronization

/// Answers many questions for documents of a PostgreSQL database with few of its own, over one connection.
///
/// Whoever asks while a question to the database is under way waits for the next one, which then is for all who wait: its
/// answer is of a state of the database that is not older than any of their questions.
///
/// Nobody waits for a connection, or for long: whoever asks while there is none, or while the database is silent, is told
/// at once that there is no answer here, and those who wait when it falls silent are told so within three seconds.
package final class PostgresDocuments: Sendable {
    /// What somebody wants to know.
    package struct Question: Sendable {
        package let key: String
        /// Whether the bytes are wanted as well, once it is known what the document is.
        package let wantsBytes: @Sendable (KnownDocument) -> Bool
        /// Called once, on a thread that must not be kept waiting; with nil where there is no such document, its bytes are
        /// lost or many, or the database does not answer: who asks it in the usual way learns which.
        package let answer: @Sendable ((document: KnownDocument, bytes: Blob?)?) -> Void

        /// Made by whoever answers requests.
        package init(
            key: String,
            wantsBytes: @escaping @Sendable (KnownDocument) -> Bool,
            answer: @escaping @Sendable ((document: KnownDocument, bytes: Blob?)?) -> Void
        ) {
            self.key = key
            self.wantsBytes = wantsBytes
            self.answer = answer
        }
    }

    private enum Condition {
        /// There is no connection, and none is made before that.
        case away(until: ContinuousClock.Instant)
        case opening
        case ready
        /// The answer to a question is overdue. Once it comes, all is well; until then no other is asked, so that what
        /// the database may be waiting for itself, such as a lock, is not waited for many times.
        case silent
    }

    private struct State {
        var condition = Condition.away(until: .now)
        /// Those who wait for the next question to the database.
        var waiting: [Question] = []
        /// Those that the present one is for; nil for who has an answer.
        var asked: [Question?] = []
        /// Since when it is under way.
        var began: ContinuousClock.Instant?
        var isWatched = false
    }

    /// What a question may take in `serve`.
    package static let usualPatience = Duration.seconds(2)
    private static let watchSeconds = 1
    /// After a failure.
    private static let rest = Duration.seconds(1)
    /// More than that wait for the next question: each is answered soon, and what is read for it takes little memory.
    private static let mostAtOnce = 256
    /// Bodies of documents that are read at once.
    private static let bytesAtOnce = 4 << 20
    /// A larger document is left to the usual way, where few are at work at once.
    private static let mostBytes = 2 << 20

    private let url: String
    private let cacheBytes: Int
    private let patience: Duration
    private let guardian: EncryptionGuard
    private let queue = DispatchQueue(label: "postgres-documents")
    private let watchQueue = DispatchQueue(label: "postgres-documents-watch")
    private let state = Mutex(State())
    // Only touched on the queue.
    private nonisolated(unsafe) var reader: PostgresDocumentReader?

    /// - Parameters:
    ///   - cacheBytes: Of documents' bytes that are kept, as they are in the database.
    ///   - patience: What a question to the database may take.
    init(url: String, cacheBytes: Int, patience: Duration, guardian: EncryptionGuard) {
        self.url = url
        self.cacheBytes = cacheBytes
        self.patience = patience
        self.guardian = guardian
    }

    /// Whether who asks now waits for an answer.
    package var isReady: Bool { self.state.withLock { if case .ready = $0.condition { true } else { false } } }

    /// Has a connection made where there is none, and returns at once.
    package func open() {
        let opens = self.state.withLock { state in
            guard case .away(let end) = state.condition, end <= .now else { return false }
            state.condition = .opening
            return true
        }
        if opens { self.queue.async { self.connect() } }
    }

    /// Returns at once.
    package func ask(_ question: Question) {
        enum Next { case wait, begin, refuse }
        var watches = false
        let next: Next = self.state.withLock { state in
            guard case .ready = state.condition else { return .refuse }
            state.waiting.append(question)
            if state.began != nil { return .wait }
            state.began = .now
            watches = !state.isWatched
            state.isWatched = true
            return .begin
        }
        switch next {
        case .wait: break
        case .begin: self.queue.async { self.work() }
        case .refuse:
            question.answer(nil)
            self.open()
        }
        if watches { self.watch() }
    }

    // MARK: On the queue

    private func connect() {
        var condition = Condition.away(until: .now + Self.rest)
        do {
            let connection = try PostgresConnection(url: self.url, settings: PostgresConnection.watchful)
            self.guardian.look(at: connection)
            self.reader = PostgresDocumentReader(connection, cacheBytes: self.cacheBytes)
            condition = .ready
        } catch {
            // The usual way says what is wrong.
            condition = .away(until: .now + Self.rest)
        }
        self.state.withLock { $0.condition = condition }
    }

    private func work() {
        while let questions = self.next() {
            do {
                if let reader = self.reader { try self.answer(questions, reader) }
            } catch {
                self.reader = nil
                self.leaveAll { $0.condition = .away(until: .now + Self.rest) }
            }
        }
    }

    /// Those who have waited for longest.
    private func next() -> [Question]? {
        self.state.withLock { state in
            if case .silent = state.condition { state.condition = .ready }
            let questions = Array(state.waiting.prefix(Self.mostAtOnce))
            state.waiting.removeFirst(questions.count)
            state.asked = questions
            state.began = questions.isEmpty ? nil : .now
            return questions.isEmpty ? nil : questions
        }
    }

    private func answer(_ questions: [Question], _ reader: PostgresDocumentReader) throws {
        let found = try reader.documents(at: Set(questions.lazy.map(\.key)))
        var answers: [(place: Int, answer: (document: KnownDocument, bytes: Blob?)?)] = []
        var unread: [PostgresDocumentReader.Body: [(place: Int, document: KnownDocument)]] = [:]
        for (place, question) in questions.enumerated() {
            guard let (document, body) = found[question.key], let body else {
                answers.append((place, nil))
                continue
            }
            if !question.wantsBytes(document) {
                answers.append((place, (document, nil)))
            } else if let blob = reader.blobs[body] {
                answers.append((place, (document, blob)))
            } else if body.length <= Self.mostBytes {
                unread[body, default: []].append((place, document))
            } else {
                answers.append((place, nil))
            }
        }
        self.give(answers)
        var bodies = Array(unread.keys)
        while !bodies.isEmpty {
            var (count, length) = (0, 0)
            while count < bodies.count, count == 0 || length + bodies[count].length <= Self.bytesAtOnce {
                length += bodies[count].length
                count += 1
            }
            let piece = bodies.prefix(count)
            bodies.removeFirst(count)
            let blobs = try reader.read(piece)
            self.give(
                piece.flatMap { body in
                    (unread[body] ?? []).map { asked in
                        (asked.place, blobs[body.hash].map { (asked.document, $0) })
                    }
                }
            )
        }
    }

    private func give(_ answers: [(place: Int, answer: (document: KnownDocument, bytes: Blob?)?)]) {
        let questions = self.state.withLock { state in
            answers.map { place, _ in
                // Nobody is there any more where all were told that there is no answer.
                state.asked.indices.contains(place) ? state.asked[place].take() : nil
            }
        }
        for (question, answer) in zip(questions, answers) { question?.answer(answer.answer) }
    }

    // MARK: Who has waited for too long

    /// Tells all who wait that there is no answer here.
    private func leaveAll(_ change: (inout State) -> Void) {
        let questions = self.state.withLock { state in
            defer { (state.asked, state.waiting) = ([], []) }
            change(&state)
            return state.asked.compactMap { $0 } + state.waiting
        }
        for question in questions { question.answer(nil) }
    }

    private func watch() {
        self.watchQueue.asyncAfter(deadline: .now() + .seconds(Self.watchSeconds)) { [weak self] in self?.look() }
    }

    private func look() {
        enum Sight { case nobody, fine, overdue }
        let sight: Sight = self.state.withLock { state in
            guard let began = state.began else {
                state.isWatched = false
                return .nobody
            }
            return began.duration(to: .now) < self.patience ? .fine : .overdue
        }
        if sight == .nobody { return }
        if sight == .overdue {
            self.leaveAll { state in
                // It may have come just now.
                if state.began != nil, case .ready = state.condition { state.condition = .silent }
            }
        }
        self.watch()
    }
}
