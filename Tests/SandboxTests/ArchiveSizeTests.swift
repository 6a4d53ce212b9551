import Crypto
import Foundation
import TestSupport
import Testing

@testable import Sandbox

@Suite struct ArchiveSizeTests {
    static let megabyte = 1 << 20

    static func settings(_ sizes: [String: Int]) throws -> SandboxSettings {
        var settings = SandboxSettings()
        for (pattern, bytes) in sizes { try settings.archiveSizes.give(pattern, bytes: bytes) }
        return settings
    }

    /// What PHP reads in zips: the bytes of each entry, none of which it may find damaged.
    static func read(_ archives: [[UInt8]]) async throws -> [[String: Int]] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zips-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var paths: [String] = []
        for (index, archive) in archives.enumerated() {
            let file = folder.appending(path: "\(index).zip")
            try Data(archive).write(to: file)
            paths.append(file.path)
        }
        let script = """
            foreach ($input as $path) {
                $zip = new ZipArchive();
                if ($zip->open($path, ZipArchive::CHECKCONS) !== true) { throw new Exception("$path is no zip"); }
                $sizes = [];
                for ($i = 0; $i < $zip->numFiles; $i++) {
                    $content = $zip->getFromIndex($i);
                    // It does not compare the checksum itself where an entry is stored.
                    if ($content === false || crc32($content) !== $zip->statIndex($i)['crc']) {
                        throw new Exception($zip->getNameIndex($i) . ' is damaged');
                    }
                    $sizes[$zip->getNameIndex($i)] = strlen($content);
                }
                $output[] = $sizes;
            }
            """
        return try await PHP.evaluate(script, input: paths)
    }

    @Test func `sizes are as plausible as a guess can be, and always the same for a version`() {
        let sizes = (0..<20_000).map { ArchiveSizes.plausible("acme/package-\($0) 1.0") }.sorted()
        #expect((190_000...210_000).contains(sizes[10_000]))
        #expect((900_000...1_100_000).contains(sizes.reduce(0, +) / sizes.count))
        #expect(sizes.last == 50_000_000 && (10...60).contains(sizes.count { $0 == 50_000_000 }))
        #expect(ArchiveSizes.plausible("acme/package-7 1.0") == ArchiveSizes.plausible("acme/package-7 1.0"))
        #expect(ArchiveSizes.plausible("acme/package-7 1.0") != ArchiveSizes.plausible("acme/package-7 1.1"))
    }

    /// Archives around every size at which another entry begins or ends.
    static func padded() -> (wanted: [Int], archives: [[UInt8]]) {
        var plain = ZipArchive(seconds: 1_700_000_000)
        plain.add(name: "acme/readme.txt", Array("Read me.\n".utf8))
        let least = plain.byteCount
        let overhead = 76 + 2 * "acme/assets/00000.bin".utf8.count
        let block = ArchiveFiller.blockBytes + overhead
        let wanted = [
            least, least + overhead + 1, 200_000, least + block, least + block + 1, least + block + overhead,
            least + block + overhead + 1, least + 2 * block - 1, 3 * Self.megabyte,
        ]
        let archives = wanted.map { bytes in
            var zip = plain
            zip.pad(to: bytes, folder: "acme")
            return zip.finished().content
        }
        return (wanted, archives)
    }

    @Test func `an archive has exactly the bytes that it is to have, with true checksums`() throws {
        let (wanted, archives) = Self.padded()
        #expect(archives.map(\.count) == wanted)
        for archive in archives {
            let entries = try DownloadTests.entries(archive)
            #expect(entries["acme/readme.txt"] == "Read me.\n")
        }
    }

    @Test(.enabled(if: ComposerProject.isThere, "needs Debian's composer and PHP"))
    func `PHP finds every entry of a padded archive whole`() async throws {
        let archives = Self.padded().archives
        for (archive, entries) in zip(archives, try await Self.read(archives)) {
            #expect(entries["acme/readme.txt"] == 9)
            #expect(archive.count - entries.values.reduce(0, +) < 200 * entries.count + 100)
        }
    }

    @Test func `what is too small for another entry stays as it is`() {
        var zip = ZipArchive(seconds: 0)
        zip.add(name: "a", [1, 2, 3])
        let least = zip.byteCount
        for bytes in [0, least - 1, least + 1, least + 50] {
            var padded = zip
            padded.pad(to: bytes, folder: "a")
            #expect(padded.byteCount == least && padded.finished().content.count == least)
        }
    }

    @Test(arguments: [Int64.min / 1_000, -1, 4_354_819_200, Int64.max / 1_000_000])
    func `a date that zip does not know is the nearest that it does`(seconds: Int64) throws {
        for isRebuilt in [false, true] {
            var zip = ZipArchive(seconds: seconds, isRebuilt: isRebuilt)
            zip.add(name: "a", [1])
            #expect(try DownloadTests.entries(zip.finished().content).count == 1)
        }
    }

    @Test func `archives of plugins, themes and packages have their sizes, and two builds differ`() async throws {
        let sizes = ["/plugin/*": 150_000, "/theme/astra.*": 3 * Self.megabyte, "/shop/dist/*": 250_000]
        let mount = try ComposerMount("shop", .packagist, ComposerWorld(packages: 20))
        let settings = try Self.settings(sizes)
        try await withSandbox(try DownloadTests.world(), composer: [mount], settings: settings) { client, sandbox in
            let plugin = try await client.get("/plugin/akismet.5.3.zip").body
            let trunk = try await client.get("/plugin/akismet.zip").body
            let theme = try await client.get("/theme/astra.4.8.zip").body
            let package = try await client.get(try mount.firstArchive()).body
            #expect([plugin, trunk, theme, package].map(\.count) == [150_000, 150_000, 3 * Self.megabyte, 250_000])
            let entries = try [plugin, theme, package].map { try DownloadTests.entries($0) }
            #expect(entries[0]["akismet/akismet.php"] != nil && entries[1]["astra/style.css"] != nil)
            #expect(entries[2].count == 3)
            try sandbox.world.commit(.plugins, slug: "akismet", .rewriteTag("5.3"))
            let rewritten = try await client.get("/plugin/akismet.5.3.zip").body
            #expect(rewritten.count == 150_000 && rewritten != plugin)
        }
    }

    @Test func `sizes are given and taken back by command, and all have plausible ones when told so`() async throws {
        var settings = SandboxSettings()
        settings.archiveSizes = ArchiveSizes(isPlausible: true)
        try await withSandbox(try DownloadTests.world(), settings: settings) { client, _ in
            func size() async throws -> Int { try await client.get("/plugin/akismet.5.3.zip").body.count }
            let plausible = try await size()
            #expect(plausible == ArchiveSizes.plausible("plugins/akismet/5.3"))
            let pattern = #""pattern":"/plugin/akismet.*""#
            _ = try await ControlTests.post(client, "archive-size", "{\(pattern),\"bytes\":2000000}")
            #expect(try await size() == 2_000_000)
            _ = try await ControlTests.post(client, "archive-size", "{\(pattern)}")
            #expect(try await size() == plausible)
            let refused = try await ControlTests.post(client, "archive-size", "{\(pattern),\"bytes\":5000000000}")
            #expect(refused.status == 400)
        }
    }

    @Test func `the checksums of a Satis are those of its padded archives`() async throws {
        let mount = try ComposerMount("shop", .satis, ComposerWorld(packages: 20))
        let settings = try Self.settings(["/shop/dist/*": Self.megabyte + 5])
        try await withSandbox(SandboxWorld(), composer: [mount], settings: settings) { client, _ in
            let path = try mount.firstArchive()
            let archive = try await client.get(path).body
            let name = path.split(separator: "/")[2...3].joined(separator: "/")
            for _ in 0..<2 {
                let document = try await client.get("/shop/p2/\(name)~dev.json").text
                let sum = Insecure.SHA1.hash(data: archive).map {
                    String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
                }
                #expect(document.contains(sum.joined()))
            }
        }
    }
}

extension ComposerMount {
    /// The path of the archive of the first package's main branch.
    func firstArchive() throws -> String {
        let reference = try self.firstReference()
        return "/\(self.name)/dist/\(self.world.name(0))/\(reference).zip"
    }

    func firstReference() throws -> String {
        let branches = self.world.withState { $0.catalogue.branches(0, $0.current(0)) }
        return String(decoding: try #require(branches.first).reference, as: UTF8.self)
    }
}
