import Sandbox
import TestSupport
import Testing

@Suite struct OfferTests {
    @Test func `curl that offers HTTP/2 keeps its connection`() async throws {
        try await withSandbox(try SandboxWorld.builtIn) { client, _ in
            let targets = Array(repeating: "/svn/plugins/", count: 4)
            let text = try await Curl.offeringHTTP2(targets, port: client.port)
            #expect(text == "200 1\n200 0\n200 0\n200 0\n")
        }
    }
}
