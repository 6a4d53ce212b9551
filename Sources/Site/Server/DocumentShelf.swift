import Composer
import HTTPTypes
import NIOCore
import Store

/// Answers for documents that were asked for lately, ready to be sent. One for each event loop.
///
/// Never stale: before each answer the database is asked whether anything was committed since, and if so, whether this
/// document still says what it said.
final class DocumentShelf {
    /// One of the two forms of a document: as it is, or compressed.
    struct Form {
        var etag: String
        var headers: HTTPFields
        /// Of the answer to who has it already.
        var unchangedHeaders: HTTPFields
        var body: ByteBuffer
    }

    struct Document {
        fileprivate var version: Int64
        fileprivate let state: WantedDocument
        let secondsSince1970: Int64
        fileprivate let content: Blob
        fileprivate var plain: Form?
        fileprivate var compressed: Form?
    }

    /// What a document takes besides its bytes, about: headers, keys, and the other form of small ones.
    private static let overheadBytes = 2_048

    private let probe: any DocumentProbe
    private let capacityBytes: Int
    private let serverName: String
    private var documents: [String: Document] = [:]
    private var order = CircularBuffer<String>()
    private var bytes = 0
    private var date: (second: Int64, text: String) = (0, "")
    /// How many documents are being read for it.
    var loading = 0

    init(probe: any DocumentProbe, capacityBytes: Int, serverName: String) {
        self.probe = probe
        self.capacityBytes = capacityBytes
        self.serverName = serverName
    }

    /// The present version of the database; nil when it can't be told at once.
    func version() -> Int64? { try? self.probe.version() }

    /// A document in the form that is asked for; nil when it is not here, or no longer right.
    func find(_ key: String, isCompressed: Bool) -> (form: Form, secondsSince1970: Int64)? {
        guard let document = self.documents[key], let version = self.version() else { return nil }
        if document.version != version {
            guard let state = try? self.probe.state(of: key), state == document.state else {
                self.remove(key)
                return nil
            }
            self.documents[key]?.version = version
        }
        if let form = isCompressed ? document.compressed : document.plain { return (form, document.secondsSince1970) }
        guard let form = try? self.form(of: document, isCompressed: isCompressed) else { return nil }
        if isCompressed { self.documents[key]?.compressed = form } else { self.documents[key]?.plain = form }
        self.bytes += form.body.readableBytes
        self.makeRoom()
        return (form, document.secondsSince1970)
    }

    /// - Parameter version: Of the database before the document was read.
    func keep(_ key: String, _ content: Blob, changedAtMilliseconds: Int64, version: Int64) {
        if self.documents[key] != nil { self.remove(key) }
        self.documents[key] = Document(
            version: version,
            state: WantedDocument(hash: content.hash, changedAtMilliseconds: changedAtMilliseconds),
            secondsSince1970: changedAtMilliseconds / 1_000,
            content: content
        )
        self.order.append(key)
        self.bytes += content.bytes.count + Self.overheadBytes
        self.makeRoom()
    }

    /// The text of the Date header now.
    func dateText() -> String {
        let second = HTTPDate.now
        if self.date.second != second { self.date = (second, HTTPDate.text(secondsSince1970: second)) }
        return self.date.text
    }

    private func form(of document: Document, isCompressed: Bool) throws -> Form {
        let representation = DocumentRoutes.representation(
            document.content,
            document.state.changedAtMilliseconds
        )
        let body = ByteBuffer(bytes: try representation.bytes(isCompressed: isCompressed))
        var headers = representation.headers(isCompressed: isCompressed)
        headers[.contentLength] = "\(body.readableBytes)"
        headers[.server] = self.serverName
        var unchanged = representation.validators(isCompressed: isCompressed)
        unchanged[.server] = self.serverName
        return Form(
            etag: representation.etag(isCompressed: isCompressed),
            headers: headers,
            unchangedHeaders: unchanged,
            body: body
        )
    }

    private func remove(_ key: String) {
        guard let document = self.documents.removeValue(forKey: key) else { return }
        self.bytes -= document.content.bytes.count + Self.overheadBytes
        for form in [document.plain, document.compressed] { self.bytes -= form?.body.readableBytes ?? 0 }
    }

    /// The oldest go first. Keys of what was removed before are still in the order; they cost nothing.
    private func makeRoom() {
        while self.bytes > self.capacityBytes, let oldest = self.order.popFirst() { self.remove(oldest) }
        // Changing documents leave their keys behind.
        if self.order.count > 2 * self.documents.count + 1_000 {
            var seen: Set<String> = []
            self.order = CircularBuffer(self.order.reversed().filter { self.documents[$0] != nil && seen.insert($0).inserted }.reversed())
        }
    }
}
