import Command
import Facts
import Foundation
import ObjectStorage
import Sandbox
import TestSupport
import Testing

/// Connections of `serve` to its bucket.
@Suite struct ServeConnectionTests {
    /// Whoever takes long keeps a connection.
    @Test func `answers that are being taken hold nobody else up`() async throws {
        try await Pipeline.with(.sqlite, world: .builtIn) { pipeline in
            try await Connections.with(pipeline.settings, concurrency: 1, answers: 4, logger: Pipeline.logger) {
                connections in
                let objects = try connections.objects()
                // More than what is on the way at once.
                let upload = ObjectUpload(key: "dist/large.zip", bytes: [UInt8](repeating: 7, count: 16 << 20))
                _ = try await objects.put(upload)
                let (begun, begin) = AsyncStream<Void>.makeStream()
                let (ended, end) = AsyncStream<Void>.makeStream()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            _ = try await objects.read("dist/large.zip", range: nil) { _ in
                                begin.yield()
                                for await _ in ended {}
                            }
                        }
                    }
                    var count = 0
                    for await _ in begun {
                        count += 1
                        if count == 4 { break }
                    }
                    #expect(try await objects.head("dist/large.zip")?.size == 16 << 20)
                    end.finish()
                    try await group.waitForAll()
                }
            }
        }
    }
}
