import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Archives

/// P17: what other programs write is taken, and what they can't read is not.
@Suite struct JudgedArchivesTests {
    /// A folder of its own for each test.
    static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "packline-archives-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    static func run(_ script: String, _ folder: URL) async throws -> String {
        let oracle = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracle")
        let end = try await ChildProcess(["python3", oracle.appending(path: script).path, folder.path]).run()
        try #require(end.status == 0, "\(script) failed: \(end.text)")
        return end.text
    }

    /// The names of files that other programs read to their end.
    static func good(_ folder: URL) async throws -> Set<String> {
        let lines = try await Self.run("judge.py", folder).split(separator: "\n").map { $0.split(separator: "\t") }
        return Set(lines.filter { $0.count == 2 && $0[1] == "good" }.map { String($0[0]) })
    }

    static func files(_ folder: URL) throws -> [(name: String, bytes: [UInt8])] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
            .filter { try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true }
            .map { ($0.lastPathComponent, Array(try Data(contentsOf: $0))) }
            .sorted { $0.name < $1.name }
    }

    @Test func `archives of Python and git are taken, from memory and from a file, and odd ones are not`() async throws
    {
        try await Self.withFolder { folder in
            _ = try await Self.run("make-archives.py", folder)
            let good = try await Self.good(folder)
            let files = try Self.files(folder)
            #expect(files.count > 25)
            for (name, bytes) in files {
                let file = try FileDescriptor.open(FilePath(folder.appending(path: name).path), .readOnly)
                defer { try? file.close() }
                let fromFile = Result { try ArchiveCheck.check(file, ArchiveDigests(of: bytes)) }
                let fromMemory = Result { try ArchiveCheck.check(bytes) }
                if name.hasPrefix("odd") {
                    #expect(throws: ArchiveRefusal.self, "\(name)") { try fromMemory.get() }
                    #expect(throws: ArchiveRefusal.self, "\(name)") { try fromFile.get() }
                } else {
                    #expect(good.contains(name), "\(name)")
                    let archive = try #require(try? fromMemory.get(), "\(name): \(fromMemory)")
                    #expect(archive.key.description.hasSuffix(".\(name.drop { $0 != "." }.dropFirst())"))
                    #expect(try archive == fromFile.get())
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(30)))
    func `what is cut, spoilt or spliced is only taken where other programs read it as well`() async throws {
        try await Self.withFolder { made in
            _ = try await Self.run("make-archives.py", made)
            let files = try Self.files(made).filter { $0.bytes.count < 100_000 && !$0.name.hasPrefix("odd") }
            var random = SplitMix(seed: 14)
            try await Self.withFolder { spoilt in
                var accepted: Set<String> = []
                for round in 0..<1_500 {
                    let (name, bytes) = files[round % files.count]
                    let other = files[random.next(below: files.count)].bytes
                    let damaged = Self.damaged(bytes, other, &random)
                    if (try? ArchiveCheck.check(damaged)) != nil, damaged != bytes {
                        let name = "\(round)-\(name)"
                        try Data(damaged).write(to: spoilt.appending(path: name))
                        accepted.insert(name)
                    }
                }
                #expect(try await Self.good(spoilt) == accepted)
                #expect(accepted.count < 500, "most damages are seen")
                #expect(!accepted.isEmpty, "some change nothing that matters")
            }
        }
    }

    static func damaged(_ bytes: [UInt8], _ other: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        switch random.next(below: 5) {
        case 0: bytes.removeLast(1 + random.next(below: bytes.count))
        case 1: bytes[random.next(below: bytes.count)] ^= UInt8(1 << random.next(below: 8))
        case 2: bytes = Array(bytes.prefix(random.next(below: bytes.count))) + other
        case 3:
            let place = random.next(below: bytes.count)
            bytes.replaceSubrange(place..<min(bytes.count, place + 200), with: other.prefix(random.next(below: 400)))
        default: bytes = bytes.spoilt(with: SpoiltArchiveTests.pieces, &random)
        }
        return bytes
    }
}
