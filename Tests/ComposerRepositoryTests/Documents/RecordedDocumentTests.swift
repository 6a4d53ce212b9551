import Foundation
import TestSupport
import Testing

@testable import ComposerRepository

/// Documents of real repositories, as they were captured.
@Suite(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
struct RecordedDocumentTests {
    @Test func `P16: every document of Packagist passes through byte for byte`() throws {
        var versions = 0
        for (file, bytes) in try RecordedDocuments.packagist() {
            let (name, isDev) = RecordedDocuments.name(file)
            let package = try RepositoryPackage(
                name: name,
                main: isDev ? nil : bytes,
                dev: isDev ? bytes : nil,
                policies: .kept
            )
            #expect((isDev ? package.dev : package.main).content == .passThrough, "\(file)")
            // One without versions is put beside a document of branches alone.
            let counts = package.counts.map(\.name)
            #expect(counts == (isDev ? ["documents_rewritten"] : []), "\(file): \(package.counts)")
            versions += package.versionCount
        }
        #expect(versions > 2_000)
    }

    @Test func `P16: Packagist's advisories are cut out of otherwise equal bytes`() throws {
        for (file, bytes) in try RecordedDocuments.packagist() where !file.contains("~dev") {
            let package = try RepositoryPackage(name: RecordedDocuments.name(file).name, main: bytes, dev: nil)
            let text = String(decoding: bytes, as: UTF8.self)
            guard let start = text.range(of: ",\"security-advisories\":"),
                let end = text.range(of: ",\"last-modified\"", range: start.upperBound..<text.endIndex)
            else {
                #expect(package.main.content == .passThrough, "\(file)")
                continue
            }
            #expect(package.main.text == String(text[..<start.lowerBound] + text[end.lowerBound...]), "\(file)")
        }
    }

    @Test(arguments: ["includes-v2-minified", "v1-v2-includes-archives"])
    func `P16: every p2 document of a Satis passes through, and its include gives the same versions`(_ satis: String)
        async throws
    {
        let folder = "composer/satis-built/\(satis)"
        let include = try #require(try TestData.recorded.documents(in: "\(folder)/include").first)
        var questions: [ComposerReading.Question] = []
        for name in ["acme/a", "acme/b"] {
            let main = try TestData.recorded.bytes("\(folder)/p2/\(name).json")
            let dev = try TestData.recorded.bytes("\(folder)/p2/\(name)~dev.json")
            let package = try RepositoryPackage(name: name, main: main, dev: dev)
            #expect(package.main.content == .passThrough && package.dev.content == .passThrough)
            #expect(package.counts.isEmpty && package.latestVersion == "v1.1.0")
            let all = try RepositoryPackage(name: name, document: include.bytes)
            #expect(all.main.versionCount == 2 && all.dev.versionCount == 1 && all["versions_left_out"] == 0)
            #expect(all.latestVersion == package.latestVersion && all.newestSeconds == package.newestSeconds)
            questions.append(Self.question(name, [String(decoding: include.bytes, as: UTF8.self)], all))
        }
        for answer in try await ComposerReading.answers(questions) {
            #expect(answer.problems == [] && answer.versions == 3)
        }
    }

    @Test func `P16: Composer finds in what is made of other repositories' files what it finds in them`() async throws {
        let inputs: [(file: String, name: String, versions: Int)] = [
            ("composer/inline/gemfury-packages.json", "dependabot/dummy-pkg-a", 0),
            ("composer/inline/wp-stubs-packages.json", "inpsyde/wp-stubs-versions", 0),
            (
                "composer/inline/packagist-v1-magento-adobe-ims.json", "jean85/composer-provided-replaced-stub-package",
                2
            ),
            (
                "packagist-v1/wpackagist-2025-10-18/provider-wpackagist-plugin$debug-bar.json",
                "wpackagist-plugin/debug-bar", 0
            ),
            (
                "packagist-v1/wpackagist-2025-10-18/provider-wpackagist-plugin$query-monitor.json",
                "wpackagist-plugin/query-monitor", 0
            ),
        ]
        var questions: [ComposerReading.Question] = []
        for input in inputs {
            let bytes = try TestData.recorded.bytes(input.file)
            let package = try RepositoryPackage(name: input.name, document: bytes)
            #expect(package["versions_left_out"] == 0 && package.versionCount > 0, "\(input.file) \(package.counts)")
            #expect(input.versions == 0 || package.versionCount >= input.versions)
            questions.append(Self.question(input.name, [String(decoding: bytes, as: UTF8.self)], package))
        }
        for (input, answer) in zip(inputs, try await ComposerReading.answers(questions)) {
            #expect(answer.problems == [] && answer.versions > 0, "\(input.file)")
        }
    }

    @Test func `P16: a document of drupal_org, which is not minified, passes through`() throws {
        let bytes = try TestData.recorded.bytes("composer/inline/drupal-org-p2-drupal-mollie.json")
        let package = try RepositoryPackage(name: "drupal/mollie", main: bytes, dev: nil, policies: .kept)
        #expect(package.main.content == .passThrough && package.versionCount > 1, "\(package.counts)")
    }

    static func question(_ name: String, _ upstream: [String], _ package: RepositoryPackage) -> ComposerReading.Question
    {
        let published = [package.main, package.dev].compactMap { ComposerReading.text($0, nil) }
        return ComposerReading.Question(name: name, upstream: upstream, published: published, addsNames: true)
    }
}

/// Captured documents of Packagist.
enum RecordedDocuments {
    static func packagist() throws -> [(name: String, bytes: [UInt8])] {
        try ["2025-01", "2025-10", "satis-2021"].flatMap { try TestData.recorded.documents(in: "packagist-p2/\($0)") }
            .filter { $0.name.contains("~") }
    }

    /// `acme~a~dev` is the document of the branches of `acme/a`.
    static func name(_ file: String) -> (name: String, isDev: Bool) {
        let parts = file.split(separator: "~")
        return (parts.prefix(2).joined(separator: "/"), parts.count > 2)
    }
}
