/// A failure of an object store.
///
/// `description` is one line: what was attempted, what came back, what to do about it. It goes to logs and into the
/// database, so no field ever holds a secret.
package struct ObjectStoreError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The object does not satisfy the upload's condition.
        case preconditionFailed
        /// Bad credentials, a wrong clock, or a right that is missing.
        case accessDenied
        case noSuchBucket
        /// The bucket is in another region, or the request was signed for another one.
        case wrongRegion
        /// The store asks for fewer requests.
        case slowDown
        /// The store failed by itself.
        case serverError
        /// Another writer was at the same object at the same time.
        case conflict
        /// No connection, or one that broke.
        case unreachable
        case timeout
        /// The store did not accept the request as it was.
        case badRequest
        case invalidKey
        /// The object is larger than the caller accepts.
        case tooLarge
        /// The store does not know the operation.
        case unsupported
        /// An answer that does not come from an S3 store, or not in full.
        case unexpectedAnswer
        case unexpectedStatus
        case diskFull
        /// The file system refused.
        case fileSystem
    }

    package enum Operation: String, Sendable {
        case put, delete, head, get, list, check
    }

    package var code: Code
    package var operation: Operation
    /// The object's key, nil for `list` and `check`.
    package var key: String?
    /// ``ObjectStore/description`` of the store.
    package var store: String
    /// The HTTP status, nil when there was no answer or it is not an S3 store.
    package var status: Int?
    /// The `Code` of S3's error body, for example `SignatureDoesNotMatch`.
    package var s3Code: String?
    package var message: String
    /// What the store's operator needs to find the request.
    package var requestID: String?
    /// Whether the same call may succeed later without anybody doing something.
    package var isRetryable: Bool
    /// How long the store asked to be left alone.
    package var retryAfter: Duration?
    /// What an operator can do about it.
    package var remedy: String?

    package init(
        code: Code,
        operation: Operation,
        key: String?,
        store: String,
        status: Int? = nil,
        s3Code: String? = nil,
        message: String,
        requestID: String? = nil,
        isRetryable: Bool = false,
        retryAfter: Duration? = nil,
        remedy: String? = nil
    ) {
        self.code = code
        self.operation = operation
        self.key = key
        self.store = store
        self.status = status
        self.s3Code = s3Code
        self.message = message
        self.requestID = requestID
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
        self.remedy = remedy
    }

    package var description: String {
        var text = "\(self.operation.rawValue) \(self.key.map { "\(Self.printable($0)) in " } ?? "")\(self.store): "
        if let status = self.status { text += "status \(status)" }
        if let s3Code = self.s3Code { text += " \(s3Code)" }
        if self.status != nil || self.s3Code != nil { text += ": " }
        text += self.message
        if let requestID = self.requestID { text += " (request \(requestID))" }
        if let remedy = self.remedy { text += "; \(remedy)" }
        return text
    }
}

extension ObjectStoreError {
    static func invalidKey(_ key: String, operation: Operation, store: String) -> Self {
        Self(
            code: .invalidKey,
            operation: operation,
            key: key,
            store: store,
            message: "this key cannot be stored: it is empty, longer than \(ObjectKey.maxBytes) bytes, has a control "
                + "character or an empty, '.' or '..' segment"
        )
    }

    static func preconditionFailed(_ key: String, _ condition: ObjectUpload.Condition, store: String) -> Self {
        let problem =
            switch condition {
            case .ifNoneMatch: "the object exists already"
            case .ifMatch(let etag): "the object is not the one with ETag \(etag)"
            case .none: "another writer changed the object"
            }
        return Self(
            code: .preconditionFailed,
            operation: .put,
            key: key,
            store: store,
            message: "\(problem); it was left as it is"
        )
    }

    static func tooLarge(_ key: String, maxBytes: Int, store: String) -> Self {
        Self(
            code: .tooLarge,
            operation: .get,
            key: key,
            store: store,
            message: "the object has more than \(maxBytes) bytes"
        )
    }

    /// Text from elsewhere, fit for one line of a log: control characters replaced, at most 400 characters.
    static func printable(_ text: some StringProtocol) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(400) {
            result.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(result)
    }
}
