import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Facts
@testable import Upstream
@testable import WordPress

/// What Composer itself makes of the documents.
@Suite struct MinificationTests {
    enum Input: String, CaseIterable { case pluginAnswers, themeAnswers, plugins, themes }

    /// Packages with log facts for a part of their versions, so that every form of `time` and reference occurs.
    static func packages(_ input: Input, of corpus: Corpus) throws -> [(payload: Payload, facts: LogFacts)] {
        let payloads =
            switch input {
            case .pluginAnswers: try corpus.pluginAnswers()
            case .themeAnswers: try corpus.themeAnswers()
            case .plugins: try corpus.plugins()
            case .themes: try corpus.themes()
            }
        // A part of the whole directory is enough.
        let step = payloads.count > 10_000 ? payloads.count / 2_500 + 1 : 1
        return stride(from: 0, to: payloads.count, by: step).map { payloads[$0] }.enumerated().map { index, payload in
            var payload = payload
            if index % 3 == 0 { payload.lastUpdatedSeconds = 1_700_000_000 + Int64(index) }
            var facts: LogFacts = [:]
            for (number, link) in payload.versions.enumerated() where (number + index) % 3 == 0 {
                let path = link.tag == "trunk" ? "trunk" : payload.type == .plugin ? "tags/\(link.tag)" : link.tag
                let time = Int64(1_600_000_000_000 + 1_000 * (number / 2))
                facts[path] = LogFact(
                    revision: Int64(1 + number),
                    changedAtMilliseconds: time,
                    appearedAtMilliseconds: number % 2 == 0 ? time : nil
                )
            }
            return (payload, facts)
        }
    }

    /// Expands a document, minifies it again, and has every version loaded by the code that loads a repository.
    static let oracle = """
        $loader = new Composer\\Package\\Loader\\ArrayLoader(null, true);
        $parser = new Composer\\Semver\\VersionParser();
        $output = array_map(function ($text) use ($loader, $parser) {
            $document = json_decode($text, true, 512, JSON_THROW_ON_ERROR);
            $problems = [];
            foreach ($document['packages'] as $name => $minified) {
                $versions = Composer\\MetadataMinifier\\MetadataMinifier::expand($minified);
                $document['packages'][$name] = Composer\\MetadataMinifier\\MetadataMinifier::minify($versions);
                foreach ($versions as $version) {
                    if (in_array('__unset', $version, true)) { $problems[] = 'a key is set to be unset'; }
                    if ($parser->normalize($version['version']) !== $version['version_normalized']) {
                        $problems[] = $version['version'] . ' is not ' . $version['version_normalized'];
                    }
                    if (filter_var($version['dist']['url'], FILTER_VALIDATE_URL) === false) {
                        $problems[] = 'no URL: ' . $version['dist']['url'];
                    }
                }
                foreach ($loader->loadPackages($versions) as $index => $package) {
                    $version = $versions[$index];
                    if ($package->getName() !== $name || $package->getPrettyVersion() !== $version['version']
                        || $package->getDistUrl() !== $version['dist']['url'] || $package->getDistType() !== 'zip'
                        || $package->getSourceReference() !== $version['source']['reference']
                        || $package->getSourceType() !== 'svn' || $package->getDescription() !== ($version['description'] ?? null)
                        || !isset($package->getRequires()['composer/installers'])
                        || ($package->getReleaseDate()?->format(DATE_ATOM)) !== ($version['time'] ?? null)) {
                        $problems[] = $package->getPrettyString() . ' is not loaded as it is written';
                    }
                    $isDev = $package->isDev();
                    $stabilities[$isDev] = true;
                }
                $again = json_encode($document, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
                if ($again !== $text) { $problems[] = "minified otherwise:\\n$again\\n$text"; }
                return ['problems' => $problems, 'versions' => $versions, 'dev' => isset($stabilities[true]),
                    'stable' => isset($stabilities[false])];
            }
        }, $input);
        """

    struct Answer: Decodable {
        var problems: [String]
        var versions: [PublishedEntry]
        var dev: Bool
        var stable: Bool
    }

    @Test(arguments: Input.allCases)
    func `Composer expands, minifies and loads what we write, and finds what upstream sent`(_ input: Input) async throws
    {
        try await Self.expectComposersReading(of: .made, input)
    }

    static func expectComposersReading(of corpus: Corpus, _ input: Input) async throws {
        let packages = try Self.packages(input, of: corpus)
        let derived = packages.map { Derivation.documents($0.payload, facts: $0.facts) }
        let texts = derived.flatMap { [$0.main, $0.dev] }.map { String(decoding: $0.bytes, as: UTF8.self) }
        let answers: [Answer] = try await PHP.evaluate(Self.oracle, input: texts)
        try #require(answers.count == texts.count)

        var count = 0
        for (index, (payload, facts)) in packages.enumerated() {
            let (main, dev) = (answers[2 * index], answers[2 * index + 1])
            #expect(main.problems == [] && dev.problems == [], "\(payload.slug)")
            #expect(!main.dev && !dev.stable, "\(payload.slug): dev versions are in their own document only")
            #expect(main.versions.count + dev.versions.count == derived[index].versionCount)
            for entry in main.versions + dev.versions {
                count += 1
                let expected = Self.expected(entry.version, payload, facts, like: entry)
                #expect(entry == expected, "\(payload.slug) \(entry.version)")
            }
        }
        #expect(count > packages.count, "versions must occur for the comparison to mean anything")
    }

    /// What a version should say, worked out without regard for the order of versions or to minification.
    static func expected(_ version: String, _ payload: Payload, _ facts: LogFacts, like entry: PublishedEntry)
        -> PublishedEntry?
    {
        let isTrunk = version == "dev-trunk"
        let tag = isTrunk ? "trunk" : String(entry.source.reference.prefix { $0 != "@" }.trimmingPrefix("tags/"))
        let link = payload.versions.first { $0.tag == tag }
        if !isTrunk, link?.tag.trimmingCharacters(in: .whitespacesAndNewlines) != version { return nil }
        let path = isTrunk || payload.type == .theme ? tag : "tags/\(tag)"
        let fact = facts[path]
        let trunkIsLive = payload.stableTag == "trunk"
        let live =
            payload.stableTag.flatMap { Version.normalize($0) }.flatMap { $0.hasPrefix("dev-") ? nil : $0 }
            ?? Version.normalize(payload.version)
        let isLive = isTrunk ? trunkIsLive : entry.version_normalized == live

        var expected = entry
        expected.name = "\(payload.type == .plugin ? "wp-plugin" : "wp-theme")/\(payload.slug)"
        expected.type = payload.type.rawValue
        expected.source.url =
            "https://\(payload.type == .plugin ? "plugins" : "themes").svn.wordpress.org/\(payload.slug)/"
        expected.source.reference = fact.map { "\(path)@\($0.revision)" } ?? path
        expected.dist.reference = expected.source.reference
        let url = link?.url ?? "https://downloads.wordpress.org/plugin/\(payload.slug).zip"
        expected.dist.url = url.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed.union([":", ";"])) ?? ""
        if let fact {
            expected.dist.url += "?rev=\(fact.revision)"
        } else if isTrunk, let seconds = payload.lastUpdatedSeconds {
            expected.dist.url += "?timestamp=\(seconds)"
        }
        expected.require = ["composer/installers": "^1.0 || ^2.0"]
        if isLive, let php = payload.requiresPHP, php.wholeMatch(of: /[0-9]+(\.[0-9]+){0,3}/) != nil {
            expected.require["php"] = ">=" + php
        }
        let milliseconds = isTrunk ? fact?.changedAtMilliseconds : fact?.appearedAtMilliseconds
        let seconds = milliseconds.map { $0 / 1000 } ?? (isLive ? payload.lastUpdatedSeconds : nil)
        expected.time = seconds.map {
            Date(timeIntervalSince1970: Double($0)).formatted(.iso8601).replacing("Z", with: "+00:00")
        }
        return expected
    }

    @Test func `the order in which versions come changes nothing`() throws { try Self.expectNoOrder(in: .made) }

    static func expectNoOrder(in corpus: Corpus) throws {
        var random = SplitMix(seed: 42)
        let packages = try Self.packages(.pluginAnswers, of: corpus) + Self.packages(.themeAnswers, of: corpus)
        for (payload, facts) in packages + [
            (
                Payload.plugin(
                    version: "1.1",
                    stableTag: "trunk",
                    tags: ["1.1", "1.1.0", "v1.1", "1.01", "1.1.0.0", "1.1 "]
                ), [:]
            )
        ] {
            let derived = Derivation.documents(payload, facts: facts)
            for _ in 0..<5 {
                let shuffled = Payload(
                    type: payload.type,
                    slug: payload.slug,
                    title: payload.title,
                    shortDescription: payload.shortDescription,
                    version: payload.version,
                    stableTag: payload.stableTag,
                    requiresPHP: payload.requiresPHP,
                    author: payload.author,
                    authorURL: payload.authorURL,
                    homepage: payload.homepage,
                    lastUpdatedSeconds: payload.lastUpdatedSeconds,
                    downloadLink: payload.downloadLink,
                    versions: payload.versions.shuffled(using: &random)
                )
                let again = Derivation.documents(shuffled, facts: facts)
                #expect(again.main == derived.main && again.dev == derived.dev, "\(payload.slug)")
                #expect(shuffled == payload)
            }
        }
    }
}
