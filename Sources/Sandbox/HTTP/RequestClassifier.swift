import HTTPTypes
import NIOCore

/// Decides what a request is for, by host, path and method.
struct RequestClassifier: Sendable {
    static let pluginsMount = "/svn/plugins"
    static let themesMount = "/svn/themes"
    static let coreMount = "/release"

    let settings: SandboxSettings
    /// The bucket whose objects this listener serves at its root; nil on the main port.
    let website: String?
    /// The Composer repositories, by the first part of their paths.
    let composer: [String: ComposerMount]

    func exchange(_ head: HTTPRequest, body: ByteBuffer) -> Exchange {
        let target = head.path ?? "/"
        let parsed = RequestTarget(target)
        let host = head.authority ?? ""
        var exchange: Exchange
        if let bucket = self.website ?? Self.bucket(ofHost: host) {
            exchange = self.store(head, target, parsed, bucket: bucket, key: String(parsed.path.dropFirst()))
        } else if self.settings.servesUpstream, let gitHub = self.gitHub(head, target, parsed, host: host) {
            exchange = gitHub
        } else if self.settings.servesUpstream, let repository = self.repository(head, target, parsed) {
            exchange = repository
        } else if self.settings.servesUpstream, let upstream = self.upstream(head, target, parsed, body) {
            exchange = upstream
        } else if self.settings.servesStore {
            let path = Substring(parsed.path.utf8.dropFirst())
            let slash = path.utf8.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
            exchange = self.store(
                head,
                target,
                parsed,
                bucket: String(path[..<slash]),
                key: slash == path.endIndex ? "" : String(path[path.utf8.index(after: slash)...])
            )
        } else {
            exchange = Exchange(route: .other, method: head.method.rawValue, target: target, parsedTarget: parsed)
        }
        exchange.headers = head.headerFields
        exchange.host = host
        exchange.body = body
        return exchange
    }

    /// `BUCKET.localhost` is the virtual-host form of a bucket, and what a website of it would be called.
    private static func bucket(ofHost host: String) -> String? {
        guard !host.hasPrefix("127.") else { return nil }
        let name = host.prefix { $0 != ":" }
        guard name.hasSuffix(".localhost") else { return nil }
        return String(name.dropLast(".localhost".count))
    }

    private func gitHub(_ head: HTTPRequest, _ target: String, _ parsed: RequestTarget, host: String) -> Exchange? {
        // Without Composer repositories it has nothing, and buckets may be called like the mounts.
        guard !self.composer.isEmpty, let address = GitHubAddress(host: host, path: parsed.path) else { return nil }
        var exchange = Exchange(
            route: address.isAPI ? .gitHubAPI : .gitHubArchive,
            method: head.method.rawValue,
            target: target,
            parsedTarget: parsed
        )
        exchange.gitHub = address
        exchange.slugs = address.repository.map { [$0] } ?? []
        exchange.rest = parsed.path
        return exchange
    }

    private func repository(_ head: HTTPRequest, _ target: String, _ parsed: RequestTarget) -> Exchange? {
        guard !self.composer.isEmpty else { return nil }
        let path = parsed.path
        let name = path.dropFirst().prefix { $0 != "/" }
        guard let mount = self.composer[String(name)] else { return nil }
        let address = ComposerAddress(mount: mount, path: path.dropFirst(name.utf8.count + 2))
        var exchange = Exchange(
            route: address.route,
            method: head.method.rawValue,
            target: target,
            parsedTarget: parsed
        )
        exchange.composer = address
        exchange.slugs = address.name.map { [$0] } ?? []
        exchange.rest = path
        return exchange
    }

    private func upstream(
        _ head: HTTPRequest,
        _ target: String,
        _ parsed: RequestTarget,
        _ body: ByteBuffer
    ) -> Exchange? {
        let path = parsed.path
        func exchange(_ route: SandboxRoute, rest: some StringProtocol) -> Exchange {
            var exchange = Exchange(route: route, method: head.method.rawValue, target: target, parsedTarget: parsed)
            exchange.rest = String(rest)
            return exchange
        }
        for (mount, isPlugins) in [(Self.pluginsMount, true), (Self.themesMount, false)] where path.hasPrefix(mount) {
            let rest = path.dropFirst(mount.count)
            guard rest.isEmpty || rest.hasPrefix("/") else { continue }
            return exchange(Self.subversionRoute(head.method.rawValue, rest, isPlugins: isPlugins), rest: rest)
        }
        for (prefix, isPlugins) in [("/plugins/info/1.2", true), ("/themes/info/1.2", false)]
        where path == prefix || path == prefix + "/" {
            var query = parsed.query
            if head.method == .post { query += RequestTarget.parse(query: Substring(String(buffer: body))) }
            let arguments = APIArguments(query: query)
            var found = exchange(Self.apiRoute(arguments, isPlugins: isPlugins), rest: path)
            found.slugs = arguments.slugs ?? arguments["slug"].map { [$0] } ?? []
            found.query = query
            return found
        }
        for (prefix, route) in [("/plugin/", SandboxRoute.pluginArchive), ("/theme/", .themeArchive)]
        where path.hasPrefix(prefix) {
            var found = exchange(route, rest: path.dropFirst(prefix.count))
            found.slugs = DownloadService.split(fileName: found.rest).map { [$0.slug] } ?? []
            return found
        }
        switch path {
        case "/core/stable-check/1.0/": return exchange(.coreStable, rest: path)
        case "/core/version-check/1.7/": return exchange(.coreVersion, rest: path)
        case WordfenceHost.path, WordfenceHost.path + "/": return exchange(.wordfenceFeed, rest: path)
        case _ where path.hasPrefix(Self.coreMount + "/"):
            let rest = path.dropFirst(Self.coreMount.count + 1)
            return exchange(rest.hasSuffix(".sha1") ? .coreChecksum : .coreArchive, rest: rest)
        default: return nil
        }
    }

    private static func subversionRoute(_ method: String, _ rest: Substring, isPlugins: Bool) -> SandboxRoute {
        switch method {
        case "OPTIONS": isPlugins ? .pluginsOptions : .themesOptions
        case "PROPFIND": isPlugins ? .pluginsPropfind : .themesPropfind
        case "REPORT": isPlugins ? .pluginsReport : .themesReport
        case "HEAD": isPlugins ? .pluginsHead : .themesHead
        case "GET" where rest == "/": isPlugins ? .pluginsListing : .themesListing
        default: isPlugins ? .pluginsFile : .themesFile
        }
    }

    private static func apiRoute(_ arguments: APIArguments, isPlugins: Bool) -> SandboxRoute {
        if arguments.slugs != nil { return isPlugins ? .pluginsBatch : .themesBatch }
        if arguments.action.hasPrefix("query_") { return isPlugins ? .pluginsQuery : .themesQuery }
        return isPlugins ? .pluginsSingle : .themesSingle
    }

    private func store(
        _ head: HTTPRequest,
        _ target: String,
        _ parsed: RequestTarget,
        bucket: String,
        key: String
    ) -> Exchange {
        let query = parsed.rawQuery.isEmpty ? [] : parsed.query
        let isSigned = head.headerFields[.authorization] != nil
        let route: SandboxRoute
        switch head.method {
        case .get where key.isEmpty && (isSigned || !query.isEmpty): route = .s3List
        case .get: route = isSigned || self.website == nil ? .s3Get : .website
        case .head: route = key.isEmpty ? .s3HeadBucket : .s3Head
        case .put where !key.isEmpty: route = .s3Put
        case .delete where !key.isEmpty: route = .s3Delete
        case .post where query.contains { $0.name == "delete" }: route = .s3MultiDelete
        default: route = .s3Other
        }
        var exchange = Exchange(route: route, method: head.method.rawValue, target: target, parsedTarget: parsed)
        exchange.bucket = bucket
        exchange.key = key
        exchange.query = query
        return exchange
    }
}
