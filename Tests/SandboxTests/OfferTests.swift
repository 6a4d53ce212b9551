import Foundation
import Sandbox
import Testing

@Suite struct OfferTests {
    @Test func `curl that offers HTTP/2 keeps its connection`() async throws {
        try await withSandbox(try SandboxWorld.builtIn) { client, _ in
            let curl = Process()
            curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            curl.arguments =
                ["curl", "--http2", "--silent", "--noproxy", "*", "--max-time", "60", "--write-out"]
                + ["%{http_code} %{num_connects}\n"]
                + (0..<4).flatMap { _ in ["--output", "/dev/null", "http://127.0.0.1:\(client.port)/svn/plugins/"] }
            let output = Pipe()
            curl.standardOutput = output
            try curl.run()
            let text = await Task.detached {
                String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            }.value
            curl.waitUntilExit()
            #expect(text == "200 1\n200 0\n200 0\n200 0\n")
        }
    }
}
