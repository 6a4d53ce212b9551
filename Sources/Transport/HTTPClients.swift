package import AsyncHTTPClient
package import FoundationEssentials
package import NIOCore
import Synchronization

/// HTTP clients of one configuration: one that connects by itself, and one for each proxy; each made when it is needed.
package final class HTTPClients: Sendable {
    package let proxies: ProxySettings
    private let group: any EventLoopGroup
    private let configuration: HTTPClient.Configuration
    /// By proxy; nil is the one that connects by itself.
    private let made = Mutex<[ProxySettings.Proxy?: HTTPClient]>([:])

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
        self.group = group
        self.configuration = configuration
    }

    package var hasProxies: Bool { self.proxies.http != nil || self.proxies.https != nil }

    /// What connects by itself.
    package var direct: HTTPClient { self.client(of: nil) }

    /// The client that a URL is asked with.
    package func client(for url: URL?) -> HTTPClient { url.flatMap { self.clientOfProxy(for: $0) } ?? self.direct }

    /// The client for a URL that is reached through a proxy; nil where it is not.
    package func clientOfProxy(for url: URL) -> HTTPClient? {
        self.proxies.proxy(for: url).map { self.client(of: $0) }
    }

    private func client(of proxy: ProxySettings.Proxy?) -> HTTPClient {
        self.made.withLock { made in
            if let known = made[proxy] { return known }
            var configuration = self.configuration
            configuration.proxy = proxy.map { proxy in
                .server(
                    host: proxy.host,
                    port: proxy.port,
                    authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") }
                )
            }
            let http = HTTPClient(eventLoopGroupProvider: .shared(self.group), configuration: configuration)
            made[proxy] = http
            return http
        }
    }

    /// To be called by the owner when no more requests are made.
    package func shutdown() async throws {
        let made = self.made.withLock { made in
            defer { made = [:] }
            return Array(made.values)
        }
        for http in made { try await http.shutdown() }
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
