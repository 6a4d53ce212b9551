import Wire

/// What an S3 server's error document says, as far as it can be made out.
///
/// Servers and the proxies before them also send HTML, JSON, half a document or nothing; then every field is nil.
/// Nothing else is taken from it, and each field only where it is a plain word of its kind: what a server writes may be
/// anything, also what it was sent, and errors end in logs and on pages.
struct S3ErrorBody: Equatable {
    var code: String?
    var requestID: String?
    /// The region that the request should have been signed for.
    var region: String?
    /// The host that the request should have been sent to.
    var endpoint: String?

    init(_ bytes: [UInt8]) {
        var scanner = XMLScanner(bytes)
        var isError = false
        var element = ""
        while let token = scanner.next() {
            switch token {
            case .open(let name):
                if name == "Error" { isError = true }
                element = name
            case .close: element = ""
            case .text(let text): if isError { self.take(text, of: element) }
            }
        }
    }

    private mutating func take(_ text: String, of element: String) {
        switch element {
        case "Code": self.code = self.code ?? PlainWord.code(text)
        case "RequestId": self.requestID = self.requestID ?? PlainWord.requestID(text)
        case "Region": self.region = self.region ?? PlainWord.region(text)
        case "Endpoint": self.endpoint = self.endpoint ?? PlainWord.host(text)
        default: break
        }
    }

    /// The status that S3 sends with this code, for an error that came within a successful answer.
    var impliedStatus: Int {
        switch self.code {
        case "AccessDenied": 403
        case "InternalError": 500
        case "ServiceUnavailable", "SlowDown": 503
        case "OperationAborted": 409
        case "NotImplemented": 501
        default: 400
        }
    }
}

/// Words of an answer that may be shown, because they can be nothing else: nil where they could.
enum PlainWord {
    /// Such as `AccessDenied`.
    static func code(_ text: some StringProtocol) -> String? { Self.word(text, upTo: 64, also: "") }

    /// What an operator of the store finds a request by.
    static func requestID(_ text: some StringProtocol) -> String? { Self.word(text, upTo: 64, also: "-_.:") }

    /// Such as `eu-west-1`.
    static func region(_ text: some StringProtocol) -> String? { Self.word(text, upTo: 40, also: "-") }

    static func host(_ text: some StringProtocol) -> String? { Self.word(text, upTo: 100, also: "-.:") }

    private static func word(_ text: some StringProtocol, upTo limit: Int, also others: String) -> String? {
        guard (1...limit).contains(text.utf8.count) else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: others.utf8.contains(byte)
            }
        }
        return isPlain ? String(text) : nil
    }
}
