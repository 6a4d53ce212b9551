import Foundation
import TestSupport
import Testing

@testable import Composer

/// Compares with composer/semver itself: what it parses, and which versions it finds in it.
@Suite struct VersionConstraintTests {
    struct Question: Encodable { var constraint: String; var versions: [String] }
    struct Verdict: Decodable { var parses: Bool; var matches: [Bool] }

    static let oracle = """
        $parser = new Composer\\Semver\\VersionParser();
        $output = array_map(function ($question) use ($parser) {
            try {
                $constraint = $parser->parseConstraints($question['constraint']);
            } catch (UnexpectedValueException $e) {
                return ['parses' => false, 'matches' => []];
            }
            return ['parses' => true, 'matches' => array_map(function ($version) use ($constraint) {
                return $constraint->matches(new Composer\\Semver\\Constraint\\Constraint('==', $version));
            }, $question['versions'])];
        }, $input);
        """

    /// Every form, its edges, and what people write by mistake.
    static let odd: [String] = [
        "", " ", "*", "**", "x", "X.x", "v*", "v", "*.*", "*@dev", "@dev", "@stable", "@RC", "1.0@beta", "<1.0@beta",
        "<1.0@STABLE", "<1.0@stable", ">=1.0@Dev", ">=1.0@alpha", "1.0", "=1.0", "==1.0", "===1.0", "!=1.0", "<>1.0",
        "> 1.0", ">\t1.0", ">=1.0-rc1", ">=1.0-RC", ">=1.0-beta", "<1.0-", "<1.0-dev", "<dev-foo", ">=dev-foo",
        "<=dev-foo", "dev-foo", "dev-foo#abc", "foo-dev", "=foo-dev", ">foo-dev", "foo bar-dev", "1.x-dev", "1.x-dev#a",
        "1.x-dev##", "dev-#a", "dev-a#", "dev-a##", "<1.x-dev", ">=1.x-dev", "master", "trunk", "!=dev-foo", "Foo-Dev",
        "~1", "~1.2", "~1.2.3", "~1.2.3.4", "~1.2.3.4.5", "~>1.2", "~1.2-beta", "~1.2-dev", "~1.x-dev", "~1.2.x-dev",
        "~1.2.3.x-dev", "~1.2.3.4.x-dev", "~v1.2", "~1.2+build", "~1.2.", "~1.2.-dev", "~ 1.2", "~123456.1",
        "~2010-01-02", "~2010.01.02", "^1", "^0", "^0.3", "^0.0", "^0.0.3", "^0.0.0.3", "^00.1", "^1.2.3-beta1-dev",
        "^0.x-dev", "^v1.2", "^1.2+b", "^1.2+", "^123456", "^", "^^1", "~^1", "1.*", "1.2.*", "1.2.3.*", "1.2.3.4.*",
        "0.*", "00.*", "v1.*", "V1.*", "1.x.x", "1.*.2", "1.*-dev", ">=1.*", "<1.x", "=1.x", "1.0 - 2.0", "1 - 2",
        "1.0 - 2.0.0", "1.0 - 2.0-beta", "1.0-beta - 2", "1.0-dev - 2.0", "1.0 -2.0", "1.0- 2.0", "1.0-2.0",
        "1.0 -  2.0", "v1.0+b - 2.0+b", "1.0 - 2.x-dev", "1.x-dev - 2", "1.0 - 00", "1.0 - 2.00", "123456 - 2",
        "1 - 123456", "1 - 2 - 3", "1.0 - ", " - 1.0", "1.0 - 2.0|3.0", "1.0 - 2.0,<1.5", ">=1.0 <2.0", ">=1.0,<2.0",
        ">=1.0 , <2.0", ">=1.0  <2.0", ">= 1.0 < 2.0", ">=1.0,,<2.0", ",>=1.0", ">=1.0,", ">=1.0, ", ">=1.0 ,",
        "1.0|", "|1.0", "1.0||2.0", "1.0 || 2.0", "1.0|||2.0", "1.0 | | 2.0", "1.0 \t|\n2.0", "1.0|2.0|3.0", "< = 1.2",
        "=<1.2", "=>1.2", "<=1.2 -", "1.0 as 2.0", "1.0  as 2.0", "1.0 as  2.0", "1.0 as", "as 1.0", "1.0,as",
        "1.0 as2",
        "1.0 asd", "dev-as 1.0", "1.0,2.0 as 3", "1.0, -2.0", "1.0 ,-2.0", "-1.0", "1.0 -dev", "1.0,-dev",
        ">=1,<2|>=2,<3", ">=1,<3|>=3,<2", ">=1,<3|>=3,<=2", ">=1,<=3|>=3,<4", ">=1,<2|>=2,<3|>=3,<4|>=5,<6",
        "*|1.0", "*,>=1", ">=1,*", "1.2.3.4.5", "<=1.2.3.4.5", "<=3.20-test2", "<=1.0.3a", "<=1.0b2", "<1.0p1",
        "<=2.7.1.1-pl2", "<=V1.0", "<= v 1.0", "<=1,0", "<=1.0.", "<=1..0", "<=.5", "<5.", "<=2020-01-02", "<=20200102",
        "<=2020.1.2", "<20200102.1", "<=1.0 beta", "<=1.0\u{0B}", "1.0\n2.0", "1.0\ngarbage", "garbage\n1.0",
        ">=\n1.0", "*\n", "*\n,1.0", "1.0@dev\n,2.0", "^1.0\n|2", "1.*\n,<1.5", "1 - 2\n,<1.5", "<1.0-beta\t,>0",
        "\u{0C}|1.0", "1.0\u{0C}", "\u{a0}<1.0", "<\u{a0}1.0", "１.0", "<=1.0é", "99999.1", "~1.99999999999.3",
        "1.2.99999999999999999999.*", "^0.0.99999999999999999999", "<=1.0@", "<=1.0@foo", "<=@dev", "a@dev@dev",
        "1.0#abc", "dev-a b#c", "dev-foo@dev", "dev-foo#a@dev", "1.x-dev#a@beta", "<1.0-stable", "<1.0-STABLE",
        ">=1.0-patch1-dev", ">=1.0_beta", ">=1.0--beta", ">=1.0.beta-", "^1.0-stable-dev", "~1.0rc.1.2", "<1.0-rc.1-x",
    ]

    static let versions = [
        "0.0.0.0-dev", "0.0.0.0", "0.0.0.2", "0.0.3.0", "0.3.0.0", "1.0.0.0-dev", "1.0.0.0-alpha1", "1.0.0.0-beta2",
        "1.0.0.0-RC1", "1.0.0.0", "1.0.0.0-patch1", "1.0.3.0", "1.2.0.0", "1.2.3.0", "1.2.3.4", "1.2.3.5",
        "1.3.0.0-dev",
        "1.9999999.9999999.9999999-dev", "2.0.0.0-dev", "2.0.0.0-beta1", "2.0.0.0", "2.0.5.0", "2.5.0.0", "2.99.0.0",
        "3.0.0.0", "3.5.0.0", "4.0.0.0", "2010.01.02", "20200102", "99999.1.0.0", "dev-foo", "dev-master", "dev-",
        "dev-a",
    ]

    @Test(arguments: ["made by hand", "random", "of random words"])
    func `parses and matches as composer/semver does`(_ kind: String) async throws {
        let constraints =
            switch kind {
            case "random": Array(RandomVersions.all.prefix(20_000))
            case "of random words": RandomConstraints.all
            default: Self.odd
            }
        try await Self.expectComposersVerdicts(
            on: constraints.map { Question(constraint: $0, versions: Self.versions) }
        )
    }

    @Test(.enabled(if: TestData.recordedIsThere))
    func `P20: parses and matches all constraints of Wordfence's advisories as composer/semver does`() async throws {
        struct Entry: Decodable { var affectedVersions: String }
        let lines = try TestData.recorded.lines(gzipped: "composer/wordfence/advisories-2026-08-22.ndjson.gz")
        var constraints: Set<String> = []
        for line in lines { constraints.insert(try JSONDecoder().decode(Entry.self, from: line).affectedVersions) }
        #expect(constraints.count > 9_000)
        // Versions on and beside the bounds of the next one tell more than any that are the same for all.
        let sorted = constraints.sorted()
        let questions = sorted.enumerated().map { index, constraint in
            let bounds = [constraint, sorted[(index + 1) % sorted.count]]
                .flatMap { VersionConstraint($0)?.groups.flatMap { $0.compactMap(\.version) } ?? [] }
            return Question(constraint: constraint, versions: ["0.1.0.0", "1.2.3.0"] + bounds.prefix(8))
        }
        try await Self.expectComposersVerdicts(on: questions)
        #expect(sorted.allSatisfy { VersionConstraint($0) != nil })
    }

    static func expectComposersVerdicts(on questions: [Question]) async throws {
        let verdicts: [Verdict] = try await PHP.evaluate(Self.oracle, input: questions)
        try #require(verdicts.count == questions.count)
        for (question, verdict) in zip(questions, verdicts) {
            let constraint = VersionConstraint(question.constraint)
            #expect((constraint != nil) == verdict.parses, "\(question.constraint.debugDescription)")
            guard let constraint, verdict.parses else { continue }
            for (version, matches) in zip(question.versions, verdict.matches)
            where constraint.matches(normalized: version) != matches {
                Issue.record("\(question.constraint.debugDescription) and \(version): composer/semver says \(matches)")
            }
        }
    }
}

/// Constraints of random parts; the same in every run.
enum RandomConstraints {
    static let all: [String] = {
        var random = SplitMix(seed: 15)
        let signs = ["", "", "=", "==", "<", "<=", ">", ">=", "!=", "<>", "~", "^", "~>", "=<", "> ", "<= "]
        let words = [
            "1", "1.0", "0", "0.3", "0.0.3", "1.2.3", "2.0", "2.0.5", "1.2.3.4", "3", "1.*", "1.x", "0.*", "*", "v1.2",
            "1.x-dev", "2.0-dev", "1.0-beta2", "1.0RC1", "1.0-patch1", "1.0+b", "dev-foo", "foo-dev", "2010.01.02",
            "1.0.0.0.0", "x", "1-", "1.0@dev", "1.0@stable", "",
        ]
        let joints = [
            " ", ",", ", ", " , ", "|", "||", " || ", " - ", " -", "- ", " as ", "  ", "\n", "\t", ",,", "@beta",
        ]
        return (0..<20_000).map { _ in
            (0...random.next(below: 3)).map { index in
                let joint = index == 0 ? "" : joints[random.next(below: joints.count)]
                return joint + signs[random.next(below: signs.count)] + words[random.next(below: words.count)]
            }.joined()
        }
    }()
}
