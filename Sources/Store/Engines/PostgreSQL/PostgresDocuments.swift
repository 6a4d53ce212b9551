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

        /// Made by whoever answers requests.
        package init(key: String, wantsBytes: @escaping @Sendable (KnownDocument) -> Bool) {
            self.key = key
            self.wantsBytes = wantsBytes
        }
    }

    /// The answer to one of several questions.
    package struct Answer: Sendable {
        /// Of the question, among those that it was asked with.
        package let place: Int
        /// nil where there is no such document, its bytes are lost or many, or the database does not answer: who asks it
        /// in the usual way learns which.
        package let found: Found?
    }

    /// A document, and of which state of the database that is.
    package struct Found: Sendable {
        package let document: KnownDocument
        /// nil where they are not wanted.
        package let bytes: Blob?
        package let state: PostgresState?
    }

    /// Questions that are asked together.
    private struct Inquiry {
        let questions: [Question]
        let answer: @Sendable ([Answer]) -> Void
    }

    /// An inquiry while the database is being asked.
    private struct Asked {
        let inquiry: Inquiry
        /// Questions that have no answer yet, by their places.
        var isOpen: [Bool]

        init(_ inquiry: Inquiry) {
            self.inquiry = inquiry
            self.isOpen = Array(repeating: true, count: inquiry.questions.count)
        }

        /// - Returns: Those of these answers that nobody has been given.
        mutating func close(with answers: [Answer]) -> [Answer] {
            answers.filter { answer in
                defer { self.isOpen[answer.place] = false }
                return self.isOpen[answer.place]
            }
        }

        /// Tells all who still wait that there is no answer here.
        func leave() {
            let answers = self.isOpen.indices.lazy.filter { self.isOpen[$0] }.map { Answer(place: $0, found: nil) }
            if !answers.isEmpty { self.inquiry.answer(Array(answers)) }
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
        var waiting: [Inquiry] = []
        /// Those that the present one is for.
        var asked: [Asked] = []
        /// Since when it is under way.
        var began: ContinuousClock.Instant?
        var isWatched = false
    }

    /// What a question may take in `serve`.
    package static let usualPatience = Duration.seconds(2)
    private static let watchSeconds = 1
    /// After a failure.
    static let rest = Duration.seconds(1)
    /// More than that wait for the next question, unless one asks for more: each is answered soon, and what is read for it
    /// takes little memory.
    private static let mostAtOnce = 256
    /// Bodies of documents that are read at once.
    private static let bytesAtOnce = 4 << 20
    /// Each has a connection of its own: on a machine with many processors the database has others to serve as well.
    package static let mostReaders = 8
    /// A larger document is left to the usual way, where few are at work at once.
    private static let mostBytes = 2 << 20

    private let url: String
    private let patience: Duration
    private let guardian: EncryptionGuard
    private let age = PostgresAge()
    private let readers = Atomic(0)
    private let queue = DispatchQueue(label: "postgres-documents")
    private let watchQueue = DispatchQueue(label: "postgres-documents-watch")
    private let state = Mutex(State())
    // Only touched on the queue.
    private nonisolated(unsafe) var connection: PostgresConnection?

    /// - Parameter patience: What a question to the database may take.
    init(url: String, patience: Duration, guardian: EncryptionGuard) {
        self.url = url
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
    ///
    /// - Parameter answer: Called until each question has had one answer, with some of them at a time, on a thread that must
    ///   not be kept waiting.
    package func ask(_ questions: [Question], _ answer: @escaping @Sendable ([Answer]) -> Void) {
        let inquiry = Inquiry(questions: questions, answer: answer)
        enum Next { case wait, begin, refuse }
        var watches = false
        let next: Next = self.state.withLock { state in
            guard case .ready = state.condition else { return .refuse }
            state.waiting.append(inquiry)
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
            Asked(inquiry).leave()
            self.open()
        }
        if watches { self.watch() }
    }

    /// What one thread asks itself.
    ///
    /// - Parameter patience: What it may wait for each answer.
    /// - Returns: nil where there are ``mostReaders``.
    package func reader(patience: Duration = PostgresDocumentReader.usualPatience) -> PostgresDocumentReader? {
        guard self.readers.add(1, ordering: .relaxed).oldValue < Self.mostReaders else { return nil }
        return PostgresDocumentReader(url: self.url, patience: patience, guardian: self.guardian, age: self.age)
    }

    // MARK: On the queue

    private func connect() {
        var condition = Condition.away(until: .now + Self.rest)
        do {
            let connection = try PostgresConnection(url: self.url, settings: PostgresConnection.watchful)
            self.guardian.look(at: connection)
            self.connection = connection
            condition = .ready
        } catch {
            // The usual way says what is wrong.
            condition = .away(until: .now + Self.rest)
        }
        self.state.withLock { $0.condition = condition }
    }

    private func work() {
        while let inquiries = self.next() {
            do {
                if let connection = self.connection { try self.answer(inquiries, connection) }
            } catch {
                self.connection = nil
                self.leaveAll { $0.condition = .away(until: .now + Self.rest) }
            }
        }
    }

    /// Those who have waited for longest.
    private func next() -> [Inquiry]? {
        self.state.withLock { state in
            if case .silent = state.condition { state.condition = .ready }
            var count = 0
            let inquiries = Array(
                state.waiting.prefix { inquiry in
                    defer { count += inquiry.questions.count }
                    return count == 0 || count + inquiry.questions.count <= Self.mostAtOnce
                }
            )
            state.waiting.removeFirst(inquiries.count)
            state.asked = inquiries.map(Asked.init)
            state.began = inquiries.isEmpty ? nil : .now
            return inquiries.isEmpty ? nil : inquiries
        }
    }

    /// A document as it is read, before its bytes are.
    private struct Known {
        var document: KnownDocument
        /// In bytes; nil where they are lost.
        var length: Int?
        var state: PostgresState?

        func found(_ bytes: Blob?) -> Found { Found(document: self.document, bytes: bytes, state: self.state) }
    }

    private func answer(_ inquiries: [Inquiry], _ connection: PostgresConnection) throws {
        let known = try self.documents(at: Set(inquiries.lazy.flatMap(\.questions).map(\.key)), connection)
        var answers: [[Answer]] = []
        var unread: [ContentHash: [(inquiry: Int, place: Int, known: Known)]] = [:]
        for (number, inquiry) in inquiries.enumerated() {
            var own: [Answer] = []
            own.reserveCapacity(inquiry.questions.count)
            for (place, question) in inquiry.questions.enumerated() {
                guard let known = known[question.key], let length = known.length else {
                    own.append(Answer(place: place, found: nil))
                    continue
                }
                if !question.wantsBytes(known.document) {
                    own.append(Answer(place: place, found: known.found(nil)))
                } else if length <= Self.mostBytes {
                    unread[known.document.content, default: []].append((number, place, known))
                } else {
                    own.append(Answer(place: place, found: nil))
                }
            }
            answers.append(own)
        }
        self.give(answers, to: inquiries)
        var bodies = unread.map { (hash: $0, length: $1[0].known.length ?? 0) }
        while !bodies.isEmpty {
            var (count, length) = (0, 0)
            while count < bodies.count, count == 0 || length + bodies[count].length <= Self.bytesAtOnce {
                length += bodies[count].length
                count += 1
            }
            let piece = bodies.prefix(count).map(\.hash)
            bodies.removeFirst(count)
            let blobs = try self.blobs(piece, connection)
            var answers = Array(repeating: [Answer](), count: inquiries.count)
            for hash in piece {
                for (inquiry, place, known) in unread[hash] ?? [] {
                    answers[inquiry].append(Answer(place: place, found: blobs[hash].map { known.found($0) }))
                }
            }
            self.give(answers, to: inquiries)
        }
    }

    /// Those of these documents that there are.
    private func documents(at keys: Set<String>, _ connection: PostgresConnection) throws -> [String: Known] {
        let age = self.age.present
        let rows = try connection.rows(
            """
            SELECT \(PostgresState.column), key, content_hash AS hash, \(Store.lastModified) AS modified,
                octet_length(blobs.bytes) AS length
            FROM objects LEFT JOIN blobs ON blobs.hash = content_hash
            WHERE key \(anyOf: Array(keys)) AND content_hash IS NOT NULL
            """
        )
        guard let first = rows.first else { return [:] }
        let state = try PostgresState(row: first, age: age)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                (try row["key"], Known(document: try KnownDocument(row: row), length: try row["length"], state: state))
            }
        )
    }

    /// The bytes of these, as far as they are there.
    private func blobs(_ hashes: [ContentHash], _ connection: PostgresConnection) throws -> [ContentHash: Blob] {
        let rows = try connection.rows(
            "SELECT hash, encoding, size, bytes FROM blobs WHERE hash \(anyOf: hashes.map(\.bytes))"
        )
        return Dictionary(uniqueKeysWithValues: try rows.map { try Blob(row: $0) }.map { ($0.hash, $0) })
    }

    /// - Parameter answers: For each inquiry its own.
    private func give(_ answers: [[Answer]], to inquiries: [Inquiry]) {
        let due = self.state.withLock { state in
            // Nobody is there any more where all were told that there is no answer.
            state.asked.indices.map { state.asked[$0].close(with: answers[$0]) }
        }
        for (inquiry, answers) in zip(inquiries, due) where !answers.isEmpty { inquiry.answer(answers) }
    }

    // MARK: Who has waited for too long

    /// Tells all who wait that there is no answer here.
    private func leaveAll(_ change: (inout State) -> Void) {
        let asked = self.state.withLock { state in
            defer { (state.asked, state.waiting) = ([], []) }
            change(&state)
            return state.asked + state.waiting.map(Asked.init)
        }
        for inquiry in asked { inquiry.leave() }
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
