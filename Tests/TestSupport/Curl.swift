import Foundation

/// curl with `--http2`, which offers an upgrade with each request over plain HTTP.
package enum Curl {
    /// Gets targets one after the other.
    ///
    /// - Returns: For each a line of its status, and of the number of connections that were opened for it.
    package static func offeringHTTP2(_ targets: [String], port: Int) async throws -> String {
        let end = try await self.run(
            ["--http2", "--write-out", "%{http_code} %{num_connects}\n"]
                + targets.flatMap { ["--output", "/dev/null", "http://127.0.0.1:\(port)\($0)"] }
        )
        return end.text
    }

    /// The body of an answer, unpacked.
    package static func body(of url: String) async throws -> [UInt8] {
        Array(try await self.run(["--fail", "--compressed", url]).output)
    }

    private static func run(_ arguments: [String]) async throws -> ChildProcess.End {
        try await ChildProcess(["curl", "--silent", "--noproxy", "*", "--max-time", "60"] + arguments).run()
    }
}
