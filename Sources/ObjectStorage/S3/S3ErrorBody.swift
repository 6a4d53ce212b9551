/// What an S3 server's error document says, as far as it can be made out.
///
/// Servers and the proxies before them also send HTML, JSON, half a document or nothing; then every field is nil.
/// `StringToSign`, `AWSAccessKeyId` and the like are left alone: they don't belong into a log.
struct S3ErrorBody: Equatable {
    var code: String?
    var message: String?
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
        let text = ObjectStoreError.printable(text)
        switch element {
        case "Code": self.code = self.code ?? text
        case "Message": self.message = self.message ?? text
        case "RequestId": self.requestID = self.requestID ?? text
        case "Region": self.region = self.region ?? text
        case "Endpoint": self.endpoint = self.endpoint ?? text
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
