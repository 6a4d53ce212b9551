package import AsyncHTTPClient
package import FoundationEssentials
package import NIOCore

/// HTTP clients of one configuration: one that connects by itself, and one for each proxy.
package struct HTTPClients: Sendable {
    package let proxies: ProxySettings
    /// What connects by itself.
    package let direct: HTTPClient
    private let proxied: [ProxySettings.Proxy: HTTPClient]

    /// - Parameter proxies: Which URLs are reached through which proxy.
    package init(
        group: any EventLoopGroup,
        configuration: HTTPClient.Configuration,
        proxies: ProxySettings = ProxySettings()
    ) {
        var configuration = configuration
        // Nobody collects traces here, and each request would begin and end one.
        configuration.tracing.tracer = nil
        self.proxies = proxies
        self.direct = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        let all = Set([proxies.http, proxies.https].compactMap { $0 })
        self.proxied = Dictionary(
            uniqueKeysWithValues: all.map { proxy in
                var configuration = configuration
                configuration.proxy = .server(
                    host: proxy.host,
                    port: proxy.port,
                    authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") }
                )
                return (proxy, HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration))
            }
        )
    }

    package var hasProxies: Bool { !self.proxied.isEmpty }

    /// The client that a URL is asked with.
    package func client(for url: URL?) -> HTTPClient { url.flatMap { self.clientOfProxy(for: $0) } ?? self.direct }

    /// The client for a URL that is reached through a proxy; nil where it is not.
    package func clientOfProxy(for url: URL) -> HTTPClient? {
        self.proxies.proxy(for: url).flatMap { self.proxied[$0] }
    }

    /// To be called by the owner when no more requests are made.
    package func shutdown() async throws {
        for http in [self.direct] + self.proxied.values { try await http.shutdown() }
    }
}

extension HTTPClientError {
    /// Whether a proxy has refused, and not what is behind it.
    package var isOfProxy: Bool {
        [.proxyAuthenticationRequired, .invalidProxyResponse, .httpProxyHandshakeTimeout].contains(self)
    }
}

extension ProxySettings {
    /// What an error of which ``AsyncHTTPClient/HTTPClientError/isOfProxy`` is true means.
    package static func refusal(_ error: HTTPClientError) -> String {
        switch error {
        case .proxyAuthenticationRequired:
            "the proxy wants other credentials; correct HTTP_PROXY or HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)"
        case .httpProxyHandshakeTimeout: "the proxy of HTTP_PROXY or HTTPS_PROXY did not answer in time"
        default:
            "the proxy refuses to connect there; let it, or name the host in NO_PROXY where it is reached without one"
        }
    }
}
