import NIOCore
import Store

/// What the connections of one event loop ask PostgreSQL.
///
/// All that arrives in one turn of the loop is asked together, and answered in one turn: to take up work and to hand it back
/// wakes a thread each time, which costs more than the answers.
final class LoopQuestions {
    private let documents: PostgresDocuments
    private let eventLoop: any EventLoop
    private var asking: [(handler: HotDocuments, question: PostgresDocuments.Question)] = []

    init(_ documents: PostgresDocuments, _ eventLoop: any EventLoop) {
        self.documents = documents
        self.eventLoop = eventLoop
    }

    /// - Parameter handler: Told the answer later, never before this returns.
    func ask(_ question: DocumentQuestion, for handler: HotDocuments) {
        let asked = PostgresDocuments.Question(key: question.key) { !question.isAnswered(by: $0) }
        self.asking.append((handler, asked))
        if self.asking.count == 1 { self.eventLoop.assumeIsolated().execute { self.send() } }
    }

    private func send() {
        let asking = self.asking
        self.asking = []
        let (loop, handlers) = (self.eventLoop, NIOLoopBound(asking.map(\.handler), eventLoop: self.eventLoop))
        self.documents.ask(asking.map(\.question)) { answers in
            loop.execute {
                for answer in answers { handlers.value[answer.place].go(on: answer.found) }
            }
        }
    }
}
