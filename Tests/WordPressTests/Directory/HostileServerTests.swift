import Foundation
import TestSupport
import Testing
import Transport

@testable import Composer
@testable import Upstream
@testable import WordPress

/// P21: what a server may do while log, listing and packages are read.
@Suite struct HostileServerTests {
    private static let quick = BodyPace(window: .milliseconds(200), bytes: 1_000)

    @Test(arguments: [
        TestUpstream.Reaction.drip(), .drip(beginning: Array(repeating: 0x20, count: 50_000)),
        // Bytes come, and nothing comes of them: the name of a packed file, without end.
        .drip(headers: [("Content-Encoding", "gzip")], beginning: [0x1F, 0x8B, 8, 8, 0, 0, 0, 0, 0, 0]),
    ])
    func `P21: a body that trickles in is given up, whole, log and listing`(
        _ drip: TestUpstream.Reaction
    ) async throws {
        try await TestUpstream.with(.forTests(pace: Self.quick, attempts: 2), script: { _ in drip }) { connection in
            let requests: [(String, () async throws -> Void)] = [
                ("youngest", { _ = try await connection.repository.youngestRevision() }),
                ("log", { _ = try await connection.repository.readLog(from: 1, upTo: 9, limit: 10) { _ in } }),
                ("listing", { _ = try await connection.repository.readListing(ifNoneMatch: nil) { _ in } }),
            ]
            for (name, request) in requests {
                let error = await #expect(throws: UpstreamError.self) { try await request() }
                let isGivenUp = error?.code == .timeout || error?.code == .malformed || error?.code == .lineTooLong
                #expect(isGivenUp, "\(name): \(String(describing: error))")
            }
            let directory = PackageDirectory(type: .plugin, client: connection.client, apiURL: connection.url)
            let answers = try await directory.information(about: ["a"])
            let failure = Self.failure(answers["a"])
            #expect(failure?.code == .timeout && failure?.detail.contains("trickled") == true)
            #expect(failure?.isRetryable == true)
        }
    }

    @Test func `nothing of an answer is in an error`() async throws {
        let secret = "root-password-hush"
        let bodies = [
            secret, "<html>\(secret)</html>", "{\"error\":\"\(secret)\"}", "{\"a\":{\"error\":\"\(secret)\"}}",
        ]
        for body in bodies {
            for status in [200, 302, 400, 403, 404, 500] {
                try await TestUpstream.with(
                    .forTests(attempts: 1),
                    script: { _ in .status(status, body, headers: [("Location", "http://\(secret)%41/\(secret)")]) }
                ) { connection in
                    let directory = PackageDirectory(type: .plugin, client: connection.client, apiURL: connection.url)
                    let errors: [any Error] = [
                        await self.failure { _ = try await connection.repository.youngestRevision() },
                        await self.failure {
                            _ = try await connection.repository.readLog(from: 1, upTo: 9, limit: 1) { _ in }
                        },
                        await self.failure {
                            _ = try await connection.repository.readListing(ifNoneMatch: nil) { _ in }
                        },
                    ].compactMap { $0 }
                    let answers = try await directory.information(about: ["a", "b"])
                    let told = errors.map { "\($0)" } + answers.values.map { "\($0)" }
                    #expect(!told.joined().contains("hush"), "status \(status), \(told)")
                }
            }
        }
    }

    private func failure(_ body: () async throws -> Void) async -> (any Error)? {
        do {
            try await body()
            return nil
        } catch { return error }
    }

    private static func failure(_ answer: Result<PackageAnswer<Payload>, UpstreamError>?) -> UpstreamError? {
        if case .failure(let error)? = answer { error } else { nil }
    }
}
