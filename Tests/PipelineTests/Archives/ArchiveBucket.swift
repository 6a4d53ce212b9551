import Command
import Crypto
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import TestSupport
import Testing

/// Where archives are in a test: on the sandbox's S3 server or in a folder, with a database of either kind.
enum ArchiveBucket: CaseIterable, Sendable {
    case sqliteAndS3, sqliteAndFolder, postgresAndS3, postgresAndFolder

    var database: TestDatabase {
        switch self {
        case .sqliteAndS3, .sqliteAndFolder: .sqlite
        case .postgresAndS3, .postgresAndFolder: .postgres
        }
    }

    private var isFolder: Bool { self == .sqliteAndFolder || self == .postgresAndFolder }

    func with(_ pipeline: Pipeline, _ body: (Pipeline) async throws -> Void) async throws {
        guard self.isFolder else { return try await body(pipeline) }
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        var pipeline = pipeline
        pipeline.settings.stages.bucket = .directory(path: root)
        try await body(pipeline)
    }
}

extension Pipeline {
    /// Every object whose key begins so, wherever the bucket is.
    func stored(_ prefix: String = "") async throws -> [String: [UInt8]] {
        try await self.withBucket { objects in
            var stored: [String: [UInt8]] = [:]
            var keys: [String] = []
            try await objects.walk(prefix: prefix) { keys += $0.objects.map(\.key) }
            for key in keys { stored[key] = try await objects.get(key, maxBytes: .max)?.bytes }
            return stored
        }
    }

    func storedText(_ key: String) async throws -> String? {
        try await self.stored(key)[key].map { String(decoding: $0, as: UTF8.self) }
    }

    func put(_ key: String, _ bytes: [UInt8]) async throws {
        try await self.withBucket { _ = try await $0.put(ObjectUpload(key: key, bytes: bytes)) }
    }

    static func sha1(_ bytes: [UInt8]) -> String {
        Insecure.SHA1.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }

    func remove(_ key: String) async throws { try await self.withBucket { try await $0.delete(key) } }
}
