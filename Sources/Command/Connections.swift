package import Archives
import AsyncHTTPClient
import Foundation
package import Logging
import NIOCore
package import NIOHTTP1
import NIOPosix
package import ObjectStorage
import Pipeline
package import Resilience
package import Transport
package import Upstream

/// The connections that a stage makes, from its settings.
package struct Connections: Sendable {
    private let http: HTTPClients
    /// For hosts that redirects of upstream lead to.
    private let elsewhere: JudgedClients
    /// The bucket's own: without decompression and redirects, which would spoil ETags and signatures.
    private let objectsHTTP: HTTPClients
    private let settings: Settings
    private let concurrency: Int
    private let logger: Logger

    /// Opens the HTTP client for `body`, and closes it afterwards.
    ///
    /// - Parameters:
    ///   - concurrency: Requests that are under way at once, to each host.
    ///   - answers: Objects of the bucket that are handed on while they are read, at once and beside those requests: each
    ///     has its connection for as long as its reader takes.
    package static func with<Result: Sendable>(
        _ settings: Settings,
        concurrency: Int,
        answers: Int = 0,
        logger: Logger,
        _ body: (Connections) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        UpstreamClient.Configuration(userAgent: "", concurrency: concurrency).apply(to: &configuration)
        // One event loop is faster than two where the stage's own work wants the other processor.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let http = HTTPClients(group: group, configuration: configuration, proxies: settings.proxies)
        var objects = S3ObjectStore.httpClientConfiguration(concurrency: concurrency + answers)
        // Nothing is read from the bucket while a slow reader has yet to take what was.
        if answers > 0 { objects.timeout.read = .minutes(5) }
        let objectsHTTP = HTTPClients(group: group, configuration: objects, proxies: settings.proxies)
        let elsewhere = JudgedClients(group: group, configuration: configuration)
        func close() async throws {
            try await http.shutdown()
            try await elsewhere.shutdown()
            try await objectsHTTP.shutdown()
            try await group.shutdownGracefully()
        }
        do {
            let result = try await body(
                Connections(
                    http: http,
                    elsewhere: elsewhere,
                    objectsHTTP: objectsHTTP,
                    settings: settings,
                    concurrency: concurrency,
                    logger: logger
                )
            )
            try await close()
            return result
        } catch {
            try? await close()
            throw error
        }
    }

    /// - Parameters:
    ///   - requestsPerSecond: Of kinds that have no rate of their own; 0 means no limit.
    ///   - concurrency: Likewise.
    ///   - requested: What the operator said of either.
    package func upstream(
        requestsPerSecond: Double,
        concurrency: Int,
        requested: RequestedPace = RequestedPace(),
        retry: RetryPolicy = RetryPolicy(),
        pace: BodyPace = BodyPace()
    ) -> UpstreamClient {
        var configuration = UpstreamClient.Configuration(
            userAgent: Self.userAgent(contact: self.settings.contact),
            requestsPerSecond: requestsPerSecond,
            concurrency: concurrency,
            pace: pace,
            retry: retry,
            redirectHosts: self.settings.redirectHosts
        )
        configuration.requested = requested
        return UpstreamClient(
            http: self.http,
            elsewhere: self.elsewhere,
            configuration: configuration,
            logger: self.logger
        )
    }

    /// What fetches archives, each host with its own manners; nil where none are kept.
    ///
    /// - Parameter bytesInMemory: Of all archives at once, where not as usual.
    package func archives(
        bytesInMemory: Int? = nil,
        retry: RetryPolicy = RetryPolicy(),
        pace: BodyPace = BodyPace()
    ) -> ArchiveFetcher? {
        let archives = self.settings.stages.archives
        guard !archives.policies.isEmpty || !archives.lazy.isEmpty else { return nil }
        let client = self.upstream(requestsPerSecond: 0, concurrency: self.concurrency, retry: retry, pace: pace)
        var room = ArchiveRoom.Configuration(
            folder: archives.temporaryFolder ?? FileManager.default.temporaryDirectory.path,
            bytesInFolder: archives.temporaryBytes
        )
        if let bytesInMemory { (room.bytesInMemory, room.bytesInMemoryEach) = (bytesInMemory, bytesInMemory / 8) }
        return ArchiveFetcher(
            client,
            ArchiveFetcher.Configuration(
                room: room,
                maxBytes: archives.temporaryBytes,
                credentials: archives.credentials,
                isPublicOnly: !self.settings.isPrivate,
                gitHubs: archives.gitHubs
            )
        )
    }

    /// What upstream is told of who asks.
    ///
    /// - Parameter contact: An address of mail, which is named as Packagist wants it
    ///   (https://packagist.org/apidoc#best-practices), or a URL, as robots name it.
    package static func userAgent(contact: String?) -> String {
        var words = "Composer repository"
        if let contact {
            let isAddress = contact.contains("@") && !contact.contains("://")
            let address = contact.hasPrefix("mailto:") ? String(contact.dropFirst(7)) : contact
            words += isAddress ? "; mailto=\(address)" : "; +\(contact)"
        }
        return "Packline/\(PacklineVersion.current) (\(words))"
    }

    /// The bucket.
    ///
    /// - Parameters:
    ///   - retry: How often and when a request is repeated, when not as usual.
    ///   - timeout: For each request, when not as usual.
    ///   - onAnswer: Told of the headers of each answer.
    /// - Throws: ``InvalidSettings`` when there is none; ``ObjectStorageSettingError``.
    package func objects(
        retry: RetryPolicy? = nil,
        timeout: Duration? = nil,
        onAnswer: (@Sendable (HTTPHeaders) -> Void)? = nil
    ) throws -> any ObjectStore {
        switch self.settings.stages.bucket {
        case .nowhere: throw InvalidSettings.noBucket
        case .directory(let path): return DirectoryObjectStore(path: path)
        case .s3(let bucket, let prefix):
            var configuration = S3Configuration(
                bucket: bucket,
                prefix: prefix,
                endpoint: self.settings.s3Endpoint,
                usesPathStyle: self.settings.usesPathStyle,
                region: self.settings.region,
                credentials: try self.settings.credentials.source(http: self.objectsHTTP, region: self.settings.region),
                maxConcurrency: self.concurrency
            )
            if let retry { configuration.retry = retry }
            if let timeout { configuration.timeout = timeout }
            configuration.onAnswer = onAnswer
            let http = self.objectsHTTP.client(for: URL(string: configuration.url))
            return S3ObjectStore(http: http, configuration: configuration, logger: self.logger)
        }
    }

    /// What tells the cache before the bucket about changed objects; nil where none is set.
    package func purger() -> (any CachePurger)? {
        guard let purge = self.settings.purge else { return nil }
        let target: HTTPCachePurger.Target =
            switch purge.service {
            case .cloudflare(let zone, let token): .cloudflare(zone: zone, token: token)
            case .webhook(let url): .webhook(url)
            }
        let http = self.objectsHTTP.client(for: URL(string: target.url))
        return HTTPCachePurger(http: http, target: target, baseURL: purge.baseURL, logger: self.logger)
    }
}
