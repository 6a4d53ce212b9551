import Crypto
import FoundationEssentials
import NIOHTTP1
import ObjectStorage
import Testing

/// Objects whose bytes are in files.
@Suite struct FileBodyTests {
    /// Runs `body` with a file of these bytes, as it is.
    static func withFile<Result>(
        _ bytes: [UInt8],
        _ body: (ObjectFile) async throws -> Result
    ) async throws -> Result {
        let path = FileManager.default.temporaryDirectory.appending(path: "body-\(UInt64.random(in: 0 ... .max))").path
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let hash = SHA256.hash(data: bytes).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return try await body(ObjectFile(path: path, size: bytes.count, sha256: hash))
    }

    static let large = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

    @Test(arguments: TestStore.all, [[], [1, 2, 3], Self.large])
    func `a file arrives as it is, and its ETag is that of its bytes`(
        _ place: TestStore,
        _ bytes: [UInt8]
    ) async throws {
        try await place.with { store in
            try await Self.withFile(bytes) { file in
                let version = try await store.put(ObjectUpload(key: "dist/ab/cd.zip", file: file))
                #expect(version == ObjectVersion(etag: ObjectStoreConformanceTests.etag(of: bytes), size: bytes.count))
                #expect(try await store.get("dist/ab/cd.zip", maxBytes: bytes.count)?.bytes == bytes)
                #expect(try await store.head("dist/ab/cd.zip") == version)
                var own = file
                own.isOwn = true
                #expect(try await store.put(ObjectUpload(key: "dist/ab/own.zip", file: own)) == version)
                #expect(try await store.get("dist/ab/own.zip", maxBytes: bytes.count)?.bytes == bytes)
            }
        }
    }

    enum Fault: CaseIterable, Sendable { case shorter, longer, other, missing }

    @Test(arguments: TestStore.all, Fault.allCases)
    func `a file that is not what it was said to be leaves things as they are`(
        _ place: TestStore,
        _ fault: Fault
    ) async throws {
        try await place.with { store in
            _ = try await store.put(ObjectUpload(key: "a.zip", bytes: [7]))
            try await Self.withFile(Self.large) { file in
                var file = file
                switch fault {
                case .shorter: file.size += 1
                case .longer: file.size -= 1
                case .other: file.sha256 = String(repeating: "0", count: 64)
                case .missing: file.path += "-missing"
                }
                let wrong = ObjectUpload(key: "a.zip", file: file)
                let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(wrong) }
                #expect(error?.code == .fileSystem)
                #expect(error?.description.contains(file.path) == true)
                #expect(error?.isRetryable == false)
                let kept = try await store.get("a.zip", maxBytes: 10)?.bytes
                #expect(kept == [7])
            }
        }
    }

    @Test(arguments: TestStore.all.filter { !$0.has(.ignoresConditions) })
    func `conditions hold for files, too`(_ place: TestStore) async throws {
        try await place.with { store in
            try await Self.withFile(Self.large) { file in
                var upload = ObjectUpload(key: "a.zip", file: file)
                upload.condition = .ifNoneMatch
                let version = try await store.put(upload)
                let again = upload
                let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(again) }
                #expect(error?.code == .preconditionFailed)
                upload.condition = .ifMatch(version.etag)
                #expect(try await store.put(upload) == version)
            }
        }
    }

    @Test func `an upload that breaks half-way is begun anew, with the whole file and its hash`() async throws {
        try await Self.withFile(Self.large) { file in
            let etag = ObjectStoreConformanceTests.etag(of: Self.large)
            try await ScriptedServer.with { _, number in
                number < 3 ? (number == 1 ? .hangUp : .answer(503)) : .answer(200, headers: ["ETag": "\"\(etag)\""])
            } _: { store, server, _ in
                let version = try await store.put(ObjectUpload(key: "a.zip", file: file))
                #expect(version == ObjectVersion(etag: etag, size: Self.large.count))
                #expect(server.requests.allSatisfy { $0.body == Self.large })
                #expect(server.requests.last?.headers["x-amz-content-sha256"] == [file.sha256])
                #expect(server.requests.last?.headers["content-length"] == ["\(Self.large.count)"])
            }
        }
    }

    @Test func `an upload whose answer got lost is recognised as done`() async throws {
        try await Self.withFile(Self.large) { file in
            let etag = ObjectStoreConformanceTests.etag(of: Self.large)
            try await ScriptedServer.with { request, number in
                switch (request.method, number) {
                case (.HEAD, _): .answer(200, headers: ["ETag": "\"\(etag)\""])
                case (_, 1): .hangUp
                default: .answer(412)
                }
            } _: { store, _, _ in
                var upload = ObjectUpload(key: "a.zip", file: file)
                upload.condition = .ifNoneMatch
                let version = try await store.put(upload)
                #expect(version.etag == etag)
            }
        }
    }
}
