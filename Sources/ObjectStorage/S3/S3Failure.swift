import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Transport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension S3ObjectStore {
    /// What an answer that is no success means.
    func failure(
        of request: S3Request,
        _ answer: HTTPAnswer,
        condition: ObjectUpload.Condition = .none
    ) -> ObjectStoreError {
        let body = S3ErrorBody(answer.bodyBytes)
        if answer.status == 404, case .ifMatch = condition, body.code != "NoSuchBucket" {
            return .preconditionFailed(request.key ?? "", condition, store: self.description)
        }
        let region = answer.headers.first(name: "x-amz-bucket-region").flatMap { PlainWord.region($0) }
        let reading = S3Reading(status: answer.status, body: body, region: region ?? body.region)
        return self.explained(
            ObjectStoreError(
                code: reading.code,
                operation: request.operation,
                key: request.key,
                store: self.description,
                status: answer.status,
                s3Code: body.code,
                message: reading.message,
                requestID: body.requestID
                    ?? answer.headers.first(name: "x-amz-request-id").flatMap { PlainWord.requestID($0) },
                isRetryable: reading.isRetryable,
                retryAfter: RetryAfter.duration(answer.headers),
                remedy: reading.code == .unsupported && condition != .none ? Self.doWithoutConditions : reading.remedy
            )
        )
    }

    private static let doWithoutConditions =
        "the store seems not to know conditional uploads: set PACKLINE_S3_CONDITIONS=off, or run 'sync verify --repair', "
        + "which asks it again where that setting is auto"

    /// What the answer to a request about many keys says of one of them.
    func failure(of request: S3Request, _ answer: HTTPAnswer, key: String, body: S3ErrorBody) -> ObjectStoreError {
        let reading = S3Reading(status: body.impliedStatus, body: body)
        return self.explained(
            ObjectStoreError(
                code: reading.code,
                operation: request.operation,
                key: key,
                store: self.description,
                s3Code: body.code,
                message: reading.message,
                requestID: answer.headers.first(name: "x-amz-request-id").flatMap { PlainWord.requestID($0) },
                isRetryable: reading.isRetryable,
                remedy: reading.remedy
            )
        )
    }

    /// A success that cannot be one.
    func unexpectedAnswer(to request: S3Request, _ answer: HTTPAnswer, _ problem: String) -> ObjectStoreError {
        ObjectStoreError(
            code: .unexpectedAnswer,
            operation: request.operation,
            key: request.key,
            store: self.description,
            status: answer.status,
            message: "this is not an S3 server's answer: \(problem)",
            isRetryable: true,
            remedy: "check PACKLINE_S3_ENDPOINT and any proxy before it"
        )
    }

    /// Where keys come from a role, that is what to look at.
    private func explained(_ error: ObjectStoreError) -> ObjectStoreError {
        var error = error
        let source = self.credentials.source
        if error.code == .accessDenied, source.isRefreshable, error.remedy?.contains("clock") != true {
            error.remedy =
                "the credentials come from \(source.description): check that its role may list, read, write and delete "
                + "objects of this bucket"
        }
        return error
    }
}

/// What the status and the error code of an answer mean to us.
struct S3Reading {
    var status: Int
    var body: S3ErrorBody
    /// The region that the bucket is in, where the server says so.
    var region: String?

    var code: ObjectStoreError.Code {
        switch (self.status, self.body.code) {
        case (_, "NoSuchBucket"): .noSuchBucket
        case (_, "AuthorizationHeaderMalformed"), (_, "PermanentRedirect"), (_, "TemporaryRedirect"): .wrongRegion
        case (_, "ExpiredToken"), (_, "InvalidToken"), (_, "TokenRefreshRequired"): .accessDenied
        case (_, "SlowDown"), (429, _), (503, _): .slowDown
        case (_, "RequestTimeout"), (408, _): .timeout
        case (_, "XMinioStorageFull"), (_, "QuotaExceeded"), (507, _): .diskFull
        case (301, _), (307, _): .wrongRegion
        case (401, _), (403, _): .accessDenied
        case (412, _): .preconditionFailed
        case (409, "ConditionalRequestConflict"), (409, "OperationAborted"): .conflict
        case (501, _), (405, _): .unsupported
        case (400, _), (411, _), (413, _), (414, _): .badRequest
        case (500..., _): .serverError
        default: .unexpectedStatus
        }
    }

    var isRetryable: Bool {
        switch self.code {
        case .slowDown, .serverError, .timeout, .conflict: true
        // The bytes were damaged on their way.
        case .badRequest: ["BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch"].contains(self.body.code)
        default: false
        }
    }

    /// What went wrong, in our words: a server's own may repeat what it was sent.
    var message: String {
        switch self.body.code {
        case nil: return "an answer without S3's error document"
        case "SignatureDoesNotMatch": return "the store computed another signature"
        case "InvalidAccessKeyId", "InvalidAccessKey": return "the store does not know this access key"
        case "RequestTimeTooSkewed", "RequestExpired": return "the request's time is too far from the store's"
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired": return "the temporary credentials have ended"
        case "EntityTooLarge": return "the object is larger than the store takes"
        case "BadDigest", "XAmzContentSHA256Mismatch", "InvalidDigest": return "the bytes don't fit their checksum"
        default: break
        }
        switch self.code {
        case .accessDenied: return "the store does not allow this"
        case .noSuchBucket: return "the store has no such bucket"
        case .wrongRegion: return "the bucket is to be asked elsewhere"
        case .slowDown: return "the store asks for fewer requests"
        case .timeout: return "the store waited for the request too long"
        case .diskFull: return "the store is full"
        case .preconditionFailed: return "the object is not the expected one"
        case .conflict: return "another writer was at the object"
        case .unsupported: return "the store does not know how to do this"
        case .serverError: return "the store failed"
        default: return "the store refused"
        }
    }

    var remedy: String? {
        switch self.body.code {
        case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidAccessKey":
            return "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case "RequestTimeTooSkewed", "RequestExpired":
            return "set this machine's clock: the server's time is another"
        case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
            return "renew the temporary credentials, AWS_SESSION_TOKEN among them"
        default: break
        }
        switch self.code {
        case .accessDenied:
            return "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may list, read, write and delete "
                + "objects of this bucket"
        case .noSuchBucket:
            return "create the bucket or correct PACKLINE_BUCKET_URL and PACKLINE_S3_ENDPOINT"
        case .wrongRegion:
            if let region = self.region { return "set AWS_REGION to \(region)" }
            if let endpoint = self.body.endpoint { return "set PACKLINE_S3_ENDPOINT to the host \(endpoint)" }
            return "check AWS_REGION and PACKLINE_S3_ENDPOINT"
        case .unsupported, .unexpectedStatus:
            return "check PACKLINE_S3_ENDPOINT and PACKLINE_S3_PATH_STYLE"
        case .diskFull:
            return "free space on the server or raise its quota"
        default: return nil
        }
    }
}

extension ObjectStoreError {
    /// A request that got no complete answer.
    init(transport error: any Error, request: S3Request, store: S3ObjectStore) {
        let client = error as? HTTPClientError
        let isTimeout =
            client.map { [.deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout].contains($0) }
            ?? (error is BodyTooSlow)
        self.init(
            code: error is HTTPAnswerTooLarge ? .unexpectedAnswer : isTimeout ? .timeout : .unreachable,
            operation: request.operation,
            key: request.key,
            store: store.description,
            message: Self.transportMessage(of: error),
            isRetryable: client.map { ![.alreadyShutdown, .invalidURL].contains($0) } ?? !(error is HTTPAnswerTooLarge),
            remedy: "check that PACKLINE_S3_ENDPOINT is right and can be reached"
        )
    }

    /// What went wrong between here and a server, in words.
    static func transportMessage(of error: any Error) -> String {
        if let error = error as? BodyTooSlow { return "the answer trickled in: \(error)" }
        if error is HTTPAnswerTooLarge { return "the answer is far larger than any that S3 gives" }
        if let error = error as? NIOConnectionError {
            // One address after the other was tried, or the name is not known.
            let cause = error.connectionErrors.last?.error ?? error.dnsAError ?? error.dnsAAAAError
            let reason = (cause as? IOError).map(Self.reason(of:)) ?? "the name is not known"
            return "cannot connect to \(error.host):\(error.port): \(reason)"
        }
        if let error = error as? IOError { return "the connection failed: \(Self.reason(of: error))" }
        switch error as? HTTPClientError {
        case .deadlineExceeded, .readTimeout, .writeTimeout: return "no complete answer in time"
        case .remoteConnectionClosed: return "the connection was closed before the answer was complete"
        case .connectTimeout, .tlsHandshakeTimeout: return "the connection could not be made in time"
        case .getConnectionFromPoolTimeout: return "no connection was free in time"
        case .some(let error) where error.isOfProxy: return ProxySettings.refusal(error)
        default: return Self.printable(String(describing: error))
        }
    }

    private static func reason(of error: IOError) -> String { String(cString: strerror(error.errnoCode)) }
}
