import HTTPTypes

extension HTTPField.Name {
    /// A name that is known to be valid.
    private static func known(_ name: StaticString) -> HTTPField.Name {
        HTTPField.Name("\(name)") ?? .server
    }

    static let host = Self.known("Host")
    static let dav = Self.known("DAV")
    static let msAuthorVia = Self.known("MS-Author-Via")
    static let svnYoungestRev = Self.known("SVN-Youngest-Rev")
    static let svnRepositoryUUID = Self.known("SVN-Repository-UUID")
    static let svnRepositoryMergeInfo = Self.known("SVN-Repository-MergeInfo")
    static let svnRepositoryRoot = Self.known("SVN-Repository-Root")
    static let svnMeResource = Self.known("SVN-Me-Resource")
    static let svnRevRootStub = Self.known("SVN-Rev-Root-Stub")
    static let svnRevStub = Self.known("SVN-Rev-Stub")
    static let svnTxnRootStub = Self.known("SVN-Txn-Root-Stub")
    static let svnTxnStub = Self.known("SVN-Txn-Stub")
    static let svnVTxnRootStub = Self.known("SVN-VTxn-Root-Stub")
    static let svnVTxnStub = Self.known("SVN-VTxn-Stub")
    static let svnAllowBulkUpdates = Self.known("SVN-Allow-Bulk-Updates")
    static let depth = Self.known("Depth")
    static let amzDate = Self.known("x-amz-date")
    static let amzContentSHA256 = Self.known("x-amz-content-sha256")
    static let amzRequestID = Self.known("x-amz-request-id")
    static let amzBucketRegion = Self.known("x-amz-bucket-region")
    static let rateLimitLimit = Self.known("X-RateLimit-Limit")
    static let rateLimitRemaining = Self.known("X-RateLimit-Remaining")
    static let rateLimitReset = Self.known("X-RateLimit-Reset")
    static let rateLimitUsed = Self.known("X-RateLimit-Used")
    static let rateLimitResource = Self.known("X-RateLimit-Resource")
    static let contentMD5 = Self.known("Content-MD5")
}
