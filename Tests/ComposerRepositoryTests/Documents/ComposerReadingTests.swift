import TestSupport
import Testing

@testable import ComposerRepository

/// P16: after a rewriting, Composer's own reading of both finds the same versions.
@Suite struct ComposerReadingTests {
    static let values: [(key: String, values: [String])] = [
        ("name", [#""acme/a""#, #""acme/a""#, #""Acme/A""#, #""acme\/a""#, #""x/y""#, "null"]),
        (
            "version",
            [#""1.0""#, #""v2.1""#, #""dev-main""#, #""1.x-dev""#, #""nonsense""#, "3", "1.50", #""1.0-RC1""#, "null"]
        ),
        ("version_normalized", [#""7.0.0.0""#, #""dev-seven""#, "null", "null", #""9999999-dev""#]),
        (
            "source",
            [
                #"{"type":"git","url":"u","reference":"r"}"#, #"{"type":"git","url":"u"}"#, "null", #""x""#,
                #"{"type":"git","url":"-u","reference":"r"}"#, #"{"reference":1,"url":"https:\/\/u","type":"hg"}"#,
            ]
        ),
        (
            "dist",
            [
                #"{"type":"zip","url":"u"}"#, #"{"type":"zip"}"#, "null", #"{"type":"zip","url":"u","shasum":5}"#,
                #"{"type":"zip","url":"u","reference":"\t-x"}"#, "[]",
            ]
        ),
        ("bin", [#""bin/x""#, #"["a/../b"]"#, #"["ok","fine"]"#, "null", "[4]"]),
        (
            "require",
            [
                #"{"php":">=7.4","x/y":"^1.2 || ~2.0"}"#, #"{"php":">=7.4 or later"}"#, #"{"php":8}"#, #"{"php":null}"#,
                #"{"x/y":"self.version"}"#, #"{"acme\/A":"nonsense","x/y":"*"}"#, "[]", #"["^1.0"]"#, #""^1.0""#,
                "null",
                #"{"php":"nonsense","php":"\u005e8"}"#, #"{"12":"1.0"}"#, #"{"x/y":"dev-main#abc","z/z":"1.0 - 2.0"}"#,
            ]
        ),
        ("conflict", [#"{"x/y":"<1.2|>=2,<2.1"}"#, #"{"x/y":""}"#, #"{"x/y":[">=1"]}"#]),
        ("provide", [#"{"x/y":"1.0"}"#, #"{"x/y":"1.0.0.0.0"}"#]),
        ("replace", [#"{"x/y":"self\u002eversion"}"#, #"{"x/y":"self.versions"}"#]),
        ("require-dev", [#"{"x/y":"1.*@dev"}"#, #"{"x/y":"^"}"#]),
        ("type", [#""library""#, #""project""#, "null"]),
        ("extra", [#"{"a":[1,2]}"#, #"{"b":{"c":"\u00e9"}}"#, #"{"b":{"c":"é"}}"#]),
        ("x\\u0079z", ["1", "2", "3"]),
    ]

    static func member(_ random: inout SplitMix, isDifference: Bool) -> String {
        let (key, values) = Self.values[random.next(below: Self.values.count)]
        let isUnset = isDifference && random.next(below: 6) == 0
        return "\"\(key)\":\(isUnset ? "\"__unset\"" : values[random.next(below: values.count)])"
    }

    static func version(_ random: inout SplitMix, isWhole: Bool, isMinified: Bool) -> String {
        var members: [String] = []
        if isWhole {
            members = [#""name":"acme/a""#, #""version":"\#(random.next(below: 9)).\#(random.next(below: 9))""#]
            if random.next(below: 3) > 0 { members.append(#""version_normalized":"5.\#(random.next(below: 9)).0.0""#) }
        }
        for _ in 0..<random.next(below: 4) {
            members.append(Self.member(&random, isDifference: isMinified && !isWhole))
        }
        if random.next(below: 3) == 0 { members.shuffle(using: &random) }
        return "{\(members.joined(separator: ","))}"
    }

    static func document(_ random: inout SplitMix, isMinified: Bool, isMap: Bool) -> String {
        let versions = (0..<random.next(below: 9)).map { index in
            let isWhole = !isMinified || index == 0
            let version = Self.version(&random, isWhole: isWhole, isMinified: isMinified)
            return isMap ? "\"\(index)\":\(version)" : version
        }
        let list = versions.joined(separator: ",")
        let mark = isMinified ? #""minified":"composer/2.0","# : ""
        return "{\(mark)\"packages\":{\"acme/a\":\(isMap ? "{\(list)}" : "[\(list)]")}}"
    }

    @Test(arguments: [true, false], [true, false])
    func `P16: Composer finds the same versions in a rewritten document as in upstream's`(isMinified: Bool, isMap: Bool)
        async throws
    {
        var random = SplitMix(seed: 13)
        var rewritten = 0
        let questions = try (0..<1_500).map { _ in
            let text = Self.document(&random, isMinified: isMinified, isMap: isMap)
            let package = try RepositoryPackage(text)
            if package.main.text != nil { rewritten += 1 }
            let published = [package.main, package.dev].compactMap { ComposerReading.text($0, Array(text.utf8)) }
            // No program spells one value in two ways, and values are compared as they are spelled.
            let isUniform = !text.contains(#"acme\/a"#) && !text.contains(#"\u00e9"#)
            let isRebuilt = isUniform && (package["versions_left_out"] > 0 || package["branches_moved"] > 0)
            return ComposerReading.Question(
                name: "acme/a",
                upstream: [text],
                published: published,
                isRebuilt: isRebuilt
            )
        }
        let answers = try await ComposerReading.answers(questions)
        for (question, answer) in zip(questions, answers) where !answer.problems.isEmpty {
            Issue.record("\(answer.problems.joined(separator: "\n"))\n\(question.upstream)\n\(question.published)")
            break
        }
        #expect(answers.count == questions.count && rewritten > 500 && answers.contains { $0.versions > 3 })
    }

    @Test func `P16: Composer finds the same versions where all stabilities were together`() async throws {
        var random = SplitMix(seed: 31)
        let questions = try (0..<1_500).map { index in
            let text = Self.document(&random, isMinified: false, isMap: index % 2 == 0)
            let package = try RepositoryPackage(name: "acme/a", document: Array(text.utf8))
            let published = [package.main, package.dev].compactMap { ComposerReading.text($0, nil) }
            return ComposerReading.Question(name: "acme/a", upstream: [text], published: published, addsNames: true)
        }
        let answers = try await ComposerReading.answers(questions)
        for (question, answer) in zip(questions, answers) where !answer.problems.isEmpty {
            Issue.record("\(answer.problems.joined(separator: "\n"))\n\(question.upstream)\n\(question.published)")
            break
        }
        #expect(answers.contains { $0.versions > 3 })
    }
}
