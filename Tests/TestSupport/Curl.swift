import Foundation

/// curl with `--http2`, which offers an upgrade with each request over plain HTTP.
package enum Curl {
    /// Gets targets one after the other.
    ///
    /// - Returns: For each a line of its status, and of the number of connections that were opened for it.
    package static func offeringHTTP2(_ targets: [String], port: Int) async throws -> String {
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments =
            ["curl", "--http2", "--silent", "--noproxy", "*", "--max-time", "60", "--write-out"]
            + ["%{http_code} %{num_connects}\n"]
            + targets.flatMap { ["--output", "/dev/null", "http://127.0.0.1:\(port)\($0)"] }
        let output = Pipe()
        curl.standardOutput = output
        try curl.run()
        let text = await Task.detached {
            String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }.value
        curl.waitUntilExit()
        return text
    }
}
