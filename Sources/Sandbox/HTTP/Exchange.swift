import HTTPTypes
package import NIOCore

/// One request, read and classified.
package struct Exchange: Sendable {
    package let route: SandboxRoute
    /// The HTTP method, such as `REPORT`.
    package let method: String
    /// Path and query as sent.
    package let target: String
    /// The slugs that an API or download request asks about.
    package internal(set) var slugs: [String] = []
    /// Of an S3 request.
    package internal(set) var bucket: String?
    /// Of an S3 request, decoded; empty for requests to the bucket itself.
    package internal(set) var key: String?
    package internal(set) var body = ByteBuffer()
    /// The bytes of the body; none where ``SandboxSettings/forgetsBodiesBelow`` has it so.
    package var content: [UInt8] { Array(self.body.readableBytesView) }

    var headers: HTTPFields = [:]
    /// The `Host` header, which the server keeps apart from the others.
    var host = ""
    var query: [(name: String, value: String)] = []
    let parsedTarget: RequestTarget
    /// Of a request to a Composer repository.
    var composer: ComposerAddress?
    /// Of a request to the imitation of GitHub.
    var gitHub: GitHubAddress?
    /// Which of an archive's zips is to be sent.
    var build = ArchiveBuild.current
    /// Of a body that was not kept; ``body`` is empty then.
    var digests: BodyDigests?
    /// The path after the prefix of the part of the sandbox that answers.
    var rest = ""

    init(route: SandboxRoute, method: String, target: String, parsedTarget: RequestTarget) {
        self.route = route
        self.method = method
        self.target = target
        self.parsedTarget = parsedTarget
    }

    /// All values of a header, joined as HTTP allows; empty when it was not sent.
    func headerValue(_ name: Substring) -> String {
        HTTPField.Name(String(name)).flatMap { self.headers[$0] } ?? ""
    }

    func queryValue(_ name: String) -> String? { self.query.last { $0.name == name }?.value }
}
