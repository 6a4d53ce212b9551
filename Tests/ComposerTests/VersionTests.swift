import Foundation
import TestSupport
import Testing

@testable import Composer

/// Compares with composer/semver and PHP themselves.
@Suite struct VersionTests {
    /// Strings that try every branch of the rules.
    static let nasty: [String] = [
        "", " ", "\n", "0", "v", "V1", "1", "1.", "1..", ".1", "-1", "1.2.3.4", "1.2.3.4.5", "12345", "123456",
        "1234567",
        "99999.99999999999999999999.0.0", "1.0-dev", "1.0-DEV", "1.0dev", "1.0.dev", "1.0--dev", "1.0_-dev", "1.0-_dev",
        "1.x-dev", "1.X.x-dev", "1.*-dev", "1.x.dev", "1.xdev", "v1.x-dev", "1.x.2-dev", "x-dev", "dev", "-dev",
        "1.2.3.4.5-dev",
        "1234567-dev", "1.0beta", "1.0b", "1.0.b2", "1.0-b-2", "1.0-b.2.3", "1.0-beta.-1", "1.0RC1", "1.0-rc.1-dev",
        "1.0pl1",
        "1.0-p", "1.0patch", "1.0-alpha.beta", "1.0stable", "1.0-Stable", "1.0-stable5", "1.0-stable-dev",
        "1.0-STABLE-dev",
        "1.0@dev", "1.0@RC", "1.0@foo", "@dev", "1.0 @dev", "1.0@dev@dev", "1.0 as 2.0", "1.0 as", "1.0  as  2.0",
        "1.0 as 2.0 3",
        "1.0 AS 2.0", "1.0@beta as 2.0", "dev-foo as 1.0", "1.0,1 as 2.0", "1.0\tas 2.0", "master", "Master", "trunk",
        "TRUNK",
        "default", "trunk@dev", "dev-", "DEV-Foo", "dev-trunk", "dev-a#b", "1.0#abc", "1.0-dev#abc", "1.0+build",
        "1.0+", "+1",
        "1.0+a b", "1.0+a+b", "1.0-beta+exp.sha", "1.0+build-dev", "1,0+x", "20100102", "2010-01-02", "2010.01.02",
        "2010.1.2",
        "2010-01-02-03-04-05", "20100102030405", "201001020304050", "2010010203040506", "20100102030405067",
        "2010010203040506078", "20100102030405060708", "2010-01-02-03-04-05-06-07", "2010-01-02-03-04-05-06-07-08",
        "2010:01:02", "2010-1",
        "201001", "20101", "2010-01-02.1", "2010-01-02--1", "2010-01-02.123", "2010-01-02.1234",
        "v2010-01-02-beta2-dev",
        "2010-01-02dev", "2010_01_02", "201903.0", "201903.0-p2", "00.01.03.04", "1.0\n@dev", "1.0-dev\n@dev",
        "foo\n1.0-dev",
        "foo\n1.x\n-dev@dev", "1.0+a\n@dev", "1.0\u{0}", "\u{0B}1.0\u{0B}", "\u{0C}1.0", "1.0\u{0C}", "１.0", "1.0é",
        "v1.0é",
        "\u{200F}v1.0", "1.0 ", "1. 0", "1 .x-dev", "v 1.x-dev", "1.x -dev", "v.1.0", "vv1", "1.0a1b2", "1.0rc",
        "1.0RC-dev.1",
        "1.0-beta5.3.1.dev", "1.0beta..1", "1.0.-", "1.0_", "1.0__", "1.0-p1-2.3-4dev", "DEV-", "1.0-alphabeta",
        "1.0-betab",
    ]

    struct Verdict: Decodable { var normal: String?; var stability: String }

    static let oracle = """
        $parser = new Composer\\Semver\\VersionParser();
        $output = array_map(function ($version) use ($parser) {
            try {
                $normal = $parser->normalize($version);
                return ['normal' => $normal, 'stability' => $parser->parseStability($normal)];
            } catch (UnexpectedValueException $e) {
                return ['normal' => null, 'stability' => ''];
            }
        }, $input);
        """

    @Test(arguments: ["as they occur", "made by hand", "random"])
    func `normalises and sorts by stability as composer/semver does`(_ kind: String) async throws {
        let versions =
            switch kind {
            case "as they occur": try TestData.made.strings("version-strings.tsv")
            case "random": RandomVersions.all
            default: Self.nasty
            }
        try await Self.expectComposersVerdicts(on: versions)
    }

    /// The same without Composer at hand, and whatever its newer versions think of it.
    @Test func `normalises and sorts by stability as composer/semver 3_3_2 did`() throws {
        let lines = try TestData.made.text("version-strings.tsv").split(separator: "\n").dropFirst()
        for (line, version) in zip(lines, try TestData.made.strings("version-strings.tsv")) {
            let columns = line.components(separatedBy: "\t")
            let normal = Version.normalize(version)
            #expect(normal ?? "-" == columns[1], "\(line)")
            #expect(normal.map { "\(Version.stability(ofNormalized: $0))" } ?? "-" == columns[2], "\(line)")
        }
    }

    static func expectComposersVerdicts(on versions: [String]) async throws {
        let verdicts: [Verdict] = try await PHP.evaluate(Self.oracle, input: versions)
        try #require(verdicts.count == versions.count)
        var differences: [String] = []
        var valid = 0
        for (version, verdict) in zip(versions, verdicts) {
            let normal = Version.normalize(version)
            if normal.map({ Array($0.utf8) }) != verdict.normal.map({ Array($0.utf8) }) {
                differences.append(
                    "\(version.debugDescription): \(normal ?? "invalid"), not \(verdict.normal ?? "invalid")"
                )
            } else if let normal {
                valid += 1
                let stability = "\(Version.stability(ofNormalized: normal))"
                if stability != verdict.stability {
                    differences.append("\(normal): \(stability), not \(verdict.stability)")
                }
            }
        }
        #expect(differences == [])
        #expect(valid > 0 && valid < versions.count, "both kinds must occur for the comparison to mean anything")
    }

    @Test(arguments: ["as they occur", "made by hand", "random"])
    func `tells branches as composer/semver does`(_ kind: String) async throws {
        let versions =
            switch kind {
            case "as they occur": try TestData.made.strings("version-strings.tsv")
            case "random": RandomVersions.all
            default:
                Self.nasty + [
                    "dev-a+b", "1.0-dev+b", "1.0+dev", "1.0+a-dev", "a+dev+b", "xdev", "1.0#x-dev", "1.0-dev#x\n",
                    "1-dev\n",
                    "#dev", "dev#", "1#\n-dev", "1-dev\n#x", "9999999-dev", "1.9999999.9999999.9999999-dev", "#\ndev-x",
                ]
            }
        let verdicts: [Bool] = try await PHP.evaluate(
            """
            $parser = new Composer\\Semver\\VersionParser();
            $output = array_map(fn ($version) => $parser->parseStability($version) === 'dev', $input);
            """,
            input: versions
        )
        try #require(verdicts.count == versions.count)
        let differences = zip(versions, verdicts).filter { Version.isDev($0) != $1 }
        #expect(differences.map { $0.0.debugDescription }.prefix(20) == [])
    }

    /// Pairs of `versions`: neighbours in their order, and such as are far apart.
    static func pairs(of versions: [String]) -> [[String]] {
        var pairs: [[String]] = []
        for (index, version) in versions.enumerated() {
            for step in [0, 1, 2, 7, 101, 5_003] { pairs.append([version, versions[(index + step) % versions.count]]) }
        }
        return pairs
    }

    enum Form: String, CaseIterable { case normalised, raw }

    @Test(arguments: Form.allCases)
    func `compares as PHP's version_compare does`(_ form: Form) async throws {
        let occurring = try TestData.made.strings("version-strings.tsv")
        try await Self.expectPHPsOrder(of: occurring + Self.nasty + RandomVersions.all.prefix(20_000), form)
    }

    static func expectPHPsOrder(of raw: [String], _ form: Form) async throws {
        let versions =
            switch form {
            case .raw: raw + ["1#2", "1#", "#1", "1~2", "~1", "1.", ".", "..", "a.b", "1-", "1.é"]
            case .normalised: Set(raw.compactMap(Version.normalize)).sorted()
            }
        let pairs = Self.pairs(of: versions)
        let orders: [Int] = try await PHP.evaluate(
            "$output = array_map(fn ($pair) => version_compare($pair[0], $pair[1]), $input);",
            input: pairs
        )
        try #require(orders.count == pairs.count)
        let differences = zip(pairs, orders).filter { pair, order in
            Version.compare(normalized: pair[0], normalized: pair[1]).signum() != order
        }
        #expect(differences.map { "\($0.0.debugDescription): PHP says \($0.1)" }.prefix(20) == [])
    }
}
