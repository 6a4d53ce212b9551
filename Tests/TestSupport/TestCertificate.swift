import Foundation
import NIOCore
import NIOHTTP2
import NIOSSL

/// A certificate for 127.0.0.1 that signs itself, and what a server offers under it.
package struct TestCertificate: Sendable {
    /// The client's side: it trusts this certificate and no other.
    private(set) var trusted: TLSConfiguration
    private let context: NIOSSLContext

    /// Has the certificate made by openssl.
    ///
    /// - Parameter protocols: What the server offers (ALPN): `h2`, `http/1.1`.
    package init(offering protocols: [String]) async throws {
        var openssl = ChildProcess(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
                + ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "-"]
        )
        openssl.errors = .dropped
        // Both are in it, and each reader takes what is its own.
        let pem = Array(try await openssl.run().output)
        let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
        var server = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: pem, format: .pem))
        )
        server.applicationProtocols = protocols
        self.context = try NIOSSLContext(configuration: server)
        var client = TLSConfiguration.makeClientConfiguration()
        client.trustRoots = .certificates(certificates)
        self.trusted = client
    }

    /// The same, for a client that trusts another one.
    package func trusting(_ other: TestCertificate) -> TestCertificate {
        var certificate = self
        certificate.trusted = other.trusted
        return certificate
    }

    /// Makes a connection, or each stream of one, what `configure` makes of it once both sides agree on a protocol.
    func secure(
        _ channel: any Channel,
        _ configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: self.context))
        }.flatMap { channel.configureCommonHTTPServerPipeline(configure) }
    }
}
