import HTTPTypes

/// An answer of S3 that says no.
struct S3Error: Error {
    var status: HTTPResponse.Status
    var code: String
    var message: String

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    static let accessDenied = S3Error(.forbidden, "AccessDenied", "Access Denied")
    static let noSuchKey = S3Error(.notFound, "NoSuchKey", "The specified key does not exist.")
    static let preconditionFailed = S3Error(
        .preconditionFailed,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold"
    )
    static let badDigest = S3Error(
        .badRequest,
        "BadDigest",
        "The Content-MD5 you specified did not match what we received."
    )
    static let contentHashMismatch = S3Error(
        .badRequest,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed."
    )
    static let invalidKeyID = S3Error(
        .forbidden,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records."
    )
    static let signatureMismatch = S3Error(
        .forbidden,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )
    static let timeSkewed = S3Error(
        .forbidden,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large."
    )
    static let malformedXML = S3Error(
        .badRequest,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema."
    )
    static let invalidRange = S3Error(
        .rangeNotSatisfiable,
        "InvalidRange",
        "The requested range is not satisfiable"
    )
    static let bodyForgotten = S3Error(
        .notImplemented,
        "NotImplemented",
        "Of this object the sandbox keeps only its size and digests, as it was told to."
    )
    static let notImplemented = S3Error(
        .notImplemented,
        "NotImplemented",
        "A header or query you provided implies functionality that is not implemented."
    )

    func reply(resource: String, requestID: String) -> Reply {
        var bytes: [UInt8] = []
        bytes.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" as StaticString)
        bytes.append(self.code)
        bytes.append("</Code><Message>" as StaticString)
        bytes.appendXML(self.message.utf8)
        bytes.append("</Message><Resource>" as StaticString)
        bytes.appendXML(resource.utf8)
        bytes.append("</Resource><RequestId>" as StaticString)
        bytes.append(requestID)
        bytes.append("</RequestId></Error>" as StaticString)
        return Reply(status: self.status, contentType: "application/xml", bytes)
    }
}
