import NIOCore
import Store

/// What the connections of one event loop ask PostgreSQL.
///
/// All that arrives in one turn of the loop is asked together, and by the loop itself, which waits for a moment. What it learns so
/// is what there is, and whether what it knew is so still. Bytes that it has not, and whatever takes longer, are asked for by
/// another thread, and answered in one turn: to take up work and to hand it back wakes a thread each time, which costs more
/// than the answers.
final class LoopQuestions {
    private typealias Asking = (handler: HotDocuments, question: DocumentQuestion)

    /// Of those that are asked together: each is answered soon, and what is read for it takes little memory.
    private static let most = 256

    private let documents: PostgresDocuments
    private let reader: PostgresDocumentReader?
    private let known: KnownDocuments<PostgresState>
    private let bodies: KnownBodies
    private let eventLoop: any EventLoop
    private var asking: [Asking] = []

    /// - Parameter reader: nil where all is left to the other thread.
    init(
        _ documents: PostgresDocuments,
        _ reader: PostgresDocumentReader?,
        _ known: KnownDocuments<PostgresState>,
        _ bodies: KnownBodies,
        _ eventLoop: any EventLoop
    ) {
        self.documents = documents
        self.reader = reader
        self.known = known
        self.bodies = bodies
        self.eventLoop = eventLoop
    }

    /// - Parameter handler: Told the answer later, never before this returns.
    func ask(_ question: DocumentQuestion, for handler: HotDocuments) {
        self.asking.append((handler, question))
        if self.asking.count == 1 { self.eventLoop.assumeIsolated().execute { self.send() } }
    }

    private func send() {
        var known: [(asked: Asking, last: (document: KnownDocument, state: PostgresState))] = []
        var unknown: [Asking] = []
        for asked in self.asking {
            if let last = self.known.last(at: asked.question.key) {
                known.append((asked, last))
            } else {
                unknown.append(asked)
            }
        }
        self.asking = []
        var left: [Asking] = []
        // Once, or twice where what was known is so no more.
        while !known.isEmpty || !unknown.isEmpty {
            left += unknown.dropFirst(Self.most)
            unknown = Array(unknown.prefix(Self.most))
            guard let found = self.reader?.documents(at: unknown.map(\.question.key)) else {
                left += unknown + known.map(\.asked)
                break
            }
            for asked in unknown {
                // What there is none of, the routes speak of.
                guard let document = found.documents[asked.question.key] else {
                    asked.handler.handOn()
                    continue
                }
                self.known.keep(document, at: asked.question.key, in: found.state)
                if !self.answer(asked, document) { left.append(asked) }
            }
            unknown = []
            for (asked, last) in known {
                if last.state != found.state {
                    unknown.append(asked)
                } else if !self.answer(asked, last.document) {
                    left.append(asked)
                }
            }
            known = []
        }
        for start in stride(from: 0, to: left.count, by: Self.most) {
            self.leave(Array(left[start..<min(start + Self.most, left.count)]))
        }
    }

    /// - Returns: False where its bytes are wanted and not known.
    private func answer(_ asked: Asking, _ document: KnownDocument) -> Bool {
        asked.handler.answer(with: document) { self.bodies[$0] }
    }

    // MARK: The other thread

    private func leave(_ asking: [Asking]) {
        let bodies = self.bodies
        let questions = asking.map { _, question in
            PostgresDocuments.Question(key: question.key) { document in
                !question.isAnswered(by: document) && bodies[document.content] == nil
            }
        }
        let (loop, bound) = (self.eventLoop, NIOLoopBound((self, asking), eventLoop: self.eventLoop))
        self.documents.ask(questions) { answers in
            loop.execute {
                let (questions, asking) = bound.value
                for answer in answers { questions.take(answer.found, asking[answer.place]) }
            }
        }
    }

    private func take(_ found: PostgresDocuments.Found?, _ asked: Asking) {
        do {
            if let bytes = found?.bytes { try self.bodies.keep(bytes) }
        } catch {
            // Damaged: the routes say so.
            return asked.handler.handOn()
        }
        guard let found else { return asked.handler.handOn() }
        self.known.keep(found.document, at: asked.question.key, in: found.state)
        if !asked.handler.answer(with: found.document, { found.bytes ?? self.bodies[$0] }) { asked.handler.handOn() }
    }
}
