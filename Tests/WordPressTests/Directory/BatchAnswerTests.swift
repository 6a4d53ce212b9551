import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Facts
@testable import Upstream
@testable import WordPress

@Suite struct BatchAnswerTests {
    func read(_ text: String, _ type: PackageType = .plugin, slugs: [String] = ["a"]) throws -> BatchAnswer {
        try self.read(Array(text.utf8), type, slugs: slugs)
    }

    func read(_ bytes: [UInt8], _ type: PackageType, slugs: [String]) throws -> BatchAnswer {
        let label = RequestLabel(method: "GET", url: "https://api.example/")
        return try BatchAnswer(bytes, type: type, slugs: slugs, label: label)
    }

    /// The payload of `a`, with members added to the ones that must be there.
    func payload(_ members: String, _ type: PackageType = .plugin) throws -> Payload {
        let base = #""slug":"a","name":"A","version":"1.0","versions":[]"#
        let answer = try self.read("{\"a\":{\(base)\(members.isEmpty ? "" : ",")\(members)}}", type)
        guard case .success(.active(let payload, _)) = answer.results["a"] else {
            throw TestData.Missing(description: "\(String(describing: answer.results["a"]))")
        }
        return payload
    }

    @Test func `every plugin reads as it was sent`() throws { try WholeAnswers(.made).expectPluginsAsSent() }

    @Test func `every theme reads as it was sent`() throws { try WholeAnswers(.made).expectThemesAsSent() }

    /// The API's own words, with names and dates of the project's.
    @Test func `closed, unknown and unusable answers`() throws {
        func result(_ answer: String, _ type: PackageType = .plugin) throws -> Result<
            PackageAnswer<Payload>, UpstreamError
        >? {
            try self.read("{\"a\":\(answer)}", type).results["a"]
        }
        func closure(_ answer: String) throws -> Closure? {
            guard case .success(.closed(let closure)) = try result(answer) else { return nil }
            return closure
        }
        let text = "This plugin has been closed as of November 13, 2024 and is not available for download."
        #expect(
            try closure(
                """
                {"error": "closed", "name": "A", "slug": "a", "description": "\(text) This closure is permanent. \
                Reason: Author Request.", "closed": true, "closed_date": "2024-11-13", "reason": "author-request", \
                "reason_text": "Author Request"}
                """
            ) == Closure(date: "2024-11-13", reason: "author-request", isPermanent: true)
        )
        #expect(
            try closure(
                """
                {"error":"closed","name":"A","slug":"a","description":"\(text) This closure is temporary, pending a \
                full review.","closed":true,"closed_date":"2024-11-13","reason":false,"reason_text":false}
                """
            ) == Closure(date: "2024-11-13")
        )
        #expect(
            try closure(#"{"error":"closed","closed":true,"closed_date":"2021-01-30","reason":"security-issue"}"#)
                == Closure(date: "2021-01-30", reason: "security-issue")
        )
        for (answer, type) in [
            ("Plugin not found.", PackageType.plugin), ("Invalid plugin slug.", .plugin), ("Theme not found", .theme),
        ] {
            guard case .success(.notFound) = try result(#"{"error":"\#(answer)"}"#, type) else {
                Issue.record("\(answer) is not read as unknown")
                continue
            }
        }
        guard
            case .success(.notFound) = try result(#"{"error": "Invalid slug provided", "trac_tickets": []}"#, .theme)
        else {
            Issue.record("a theme's invalid slug is not read as unknown")
            return
        }
        for answer in ["Query Failed.", "Invalid Input"] {
            guard case .failure(let error) = try result(#"{"error":"\#(answer)"}"#) else {
                Issue.record("\(answer) is read as an answer")
                continue
            }
            #expect(error.code == .refused)
        }
    }

    @Test func `fields take odd forms`() throws {
        let plugin = try self.payload(
            #""requires_php":false,"author_profile":false,"homepage":"","stable_tag":1.10,"author":"<a href=\"x\">A<\/a>","last_updated":"2024-03-21 6:56am GMT","tags":[],"sections":[]"#
        )
        #expect(plugin.requiresPHP == nil)
        #expect(plugin.authorURL == nil)
        #expect(plugin.homepage == nil)
        #expect(plugin.stableTag == "1.10")
        #expect(plugin.author == "<a href=\"x\">A</a>")
        #expect(plugin.lastUpdatedSeconds == 1_711_004_160)

        let theme = try self.payload(#""author":"someone","description":"short","last_updated":"2024-03-21""#, .theme)
        #expect(theme.author == "someone")
        #expect(theme.shortDescription == "short")
        #expect(theme.lastUpdatedSeconds == 1_710_979_200)
        let sections =
            #""description":"old","sections":{"changelog":"x","description":"new"},"last_updated_time":"2015-10-01 13:29:00""#
        #expect(try self.payload(sections, .theme).shortDescription == "new")
        #expect(try self.payload(sections, .theme).lastUpdatedSeconds == 1_443_706_140)
        let named =
            #""author":{"user_nicename":"nice","profile":"https://p/","display_name":"","author":"Header","author_url":false}"#
        #expect(try self.payload(named, .theme).author == "Header")
        #expect(try self.payload(named, .theme).authorURL == "https://p/")
    }

    @Test(arguments: [
        ("2024-03-21 6:56am GMT", 1_711_004_160), ("2024-03-21 12:05am GMT", 1_710_979_500),
        ("2024-03-21 12:05pm GMT", 1_711_022_700), ("2024-03-21 11:59pm GMT", 1_711_065_540),
        ("2015-10-01 13:29:00", 1_443_706_140), ("2024-03-21", 1_710_979_200),
    ])
    func `dates in three forms`(text: String, seconds: Int64) {
        #expect(DirectoryDate.seconds(text) == seconds)
    }

    @Test(arguments: ["", "soon", "2024-03-21 25:00:00", "2024-03-21 13:05pm GMT", "2024-02-30", "2024-03-21-"])
    func `what is no date is none`(text: String) {
        #expect(DirectoryDate.seconds(text) == nil)
    }

    @Test(arguments: [
        "-0001-11-30 12:00am GMT", "-0001-11-30 00:00:00", "-0001-11-30", "0000-00-00 00:00:00", "0000-00-00",
        "1970-01-01 12:00am GMT",
    ])
    func `the date of nothing is no date`(text: String) throws {
        #expect(DirectoryDate.seconds(text) == nil)
        #expect(try self.payload(#""last_updated":"\#(text)""#).lastUpdatedSeconds == nil)
        let theme = #""last_updated":"2024-03-21","last_updated_time":"\#(text)""#
        #expect(try self.payload(theme, .theme).lastUpdatedSeconds == 1_710_979_200)
    }

    @Test func `versions come as an object, as nothing, and as a list`() throws {
        let object = #""versions":{"1.0":"u1","trunk":"ut","0.9":"u0","bad":false}"#
        #expect(
            try self.payload(object).versions
                == [
                    VersionLink(tag: "0.9", url: "u0"), VersionLink(tag: "1.0", url: "u1"),
                    VersionLink(tag: "trunk", url: "ut"),
                ]
        )
        #expect(try self.payload(#""versions":[]"#).versions == [])
        #expect(
            try self.payload(#""versions":["u0","u1"]"#).versions
                == [VersionLink(tag: "0", url: "u0"), VersionLink(tag: "1", url: "u1")]
        )
        // Equal as text, different as directories.
        let equivalent = try self.payload("\"versions\":{\"\u{e9}\":\"u1\",\"e\u{301}\":\"u2\"}")
        #expect(equivalent.versions.count == 2)
    }

    @Test(arguments: [
        "null", "false", "[]", "7", "\"text\"", "{}", #"{"slug":"a","name":"A","versions":[]}"#,
        #"{"slug":"a","name":"A","version":"1"}"#, #"{"slug":"a","name":"A","version":"1","versions":false}"#,
        #"{"slug":"b","name":"B","version":"1","versions":[]}"#, #"{"name":"A","version":"1","versions":[]}"#,
        #"{"slug":"a","version":{},"versions":[]}"#, #"{"error":"closed","slug":"b"}"#, #"{"error":"Internal error"}"#,
    ])
    func `an answer of another shape fails that package only`(value: String) throws {
        let good = #"{"slug":"good","name":"G","version":"1","versions":[]}"#
        let answer = try self.read("{\"a\":\(value),\"good\":\(good)}", slugs: ["a", "good"])
        guard case .failure(let error) = answer.results["a"], case .success(.active) = answer.results["good"] else {
            Issue.record("\(answer.results)")
            return
        }
        #expect(error.isRetryable)
        #expect(!error.description.contains("\n"))
    }

    @Test(arguments: [
        "", "<html></html>", "[]", "null", "\"x\"", "{\"a\":", "{\"a\":{}} trailing", "{\"a\":{\"slug\":\"a\",}}",
    ])
    func `a whole that is no object is malformed, and says nothing about any package`(text: String) {
        let error = #expect(throws: UpstreamError.self) { try self.read(text) }
        #expect(error?.code == .malformed)
    }

    @Test func `a package called error is not an error`() throws {
        let answer = try self.read(
            #"{"error":{"slug":"error","name":"E","version":"1","versions":[]}}"#,
            slugs: ["error"]
        )
        #expect(answer.error == nil)
        guard case .success(.active) = answer.results["error"] else {
            Issue.record("\(answer.results)")
            return
        }
        #expect(try self.read(#"{"error":"Slugs not provided"}"#).error == "Slugs not provided")
    }

    @Test func `packages that were not asked for are left out`() throws {
        let other = #"{"slug":"b","name":"B","version":"1","versions":[]}"#
        #expect(try self.read("{\"b\":\(other)}", slugs: ["a"]).results.isEmpty)
    }

    // MARK: What is too long

    @Test func `titles, authors and descriptions are cut, never inside of a character, a reference or a tag`() throws {
        let long = String(repeating: "é&amp;", count: 100_000)
        let payload = try self.payload("\"name\":\"\(long)\",\"author\":\"\(long)\",\"short_description\":\"\(long)\"")
        #expect(payload.title.utf8.count <= PayloadLimits.titleBytes)
        #expect(payload.title.utf8.count > PayloadLimits.titleBytes - 10)
        #expect(payload.title.hasSuffix("é&amp;") || payload.title.hasSuffix("é"))
        #expect(payload.author.utf8.count <= PayloadLimits.titleBytes)
        #expect((30_000...PayloadLimits.descriptionBytes).contains(payload.shortDescription.utf8.count))
        let linked =
            String(repeating: "x", count: 1_000) + "<a href='" + String(repeating: "y", count: 1_000) + "'>z</a>"
        #expect(try self.payload("\"name\":\"\(linked)\"").title == String(repeating: "x", count: 1_000))
        let theme = try self.payload("\"sections\":{\"description\":\"\(long)\"}", .theme)
        #expect(theme.shortDescription.utf8.count <= PayloadLimits.descriptionBytes)
    }

    @Test func `words and addresses that are too long to be any are left out, and tags with them`() throws {
        let long = String(repeating: "9", count: 3_000)
        let payload = try self.payload(
            """
            "homepage":"https://\(long)","author_profile":"https://\(long)","requires_php":"\(long)",\
            "download_link":"https://\(long)","versions":{"\(long)":"https://u","1":"https://\(long)","2":"https://u"}
            """
        )
        #expect(payload.homepage == nil && payload.authorURL == nil)
        #expect(payload.requiresPHP == nil && payload.downloadLink == nil)
        #expect(payload.versions == [VersionLink(tag: "2", url: "https://u")])
        let closed = try self.read(
            #"{"a":{"error":"closed","closed":true,"slug":"a","reason":"\#(long)","closed_date":"\#(long)"}}"#
        )
        guard case .success(.closed(let closure)) = closed.results["a"] else {
            Issue.record("\(closed.results)")
            return
        }
        #expect(closure == Closure())
    }

    @Test func `more versions than any package has, or a live version that is none, fail that package only`() throws {
        func versions(_ count: Int) -> String {
            "\"versions\":{" + (0..<count).map { "\"0.\($0)\":\"https://u/\($0)\"" }.joined(separator: ",") + "}"
        }
        #expect(try self.payload(versions(PayloadLimits.versions)).versions.count == PayloadLimits.versions)
        let good = #"{"slug":"good","name":"G","version":"1","versions":[]}"#
        let long = String(repeating: "9", count: 256)
        for member in [versions(PayloadLimits.versions + 1), "\"version\":\"\(long)\"", "\"stable_tag\":\"\(long)\""] {
            let bad = "{\"slug\":\"a\",\"name\":\"A\",\"version\":\"1\",\"versions\":[],\(member)}"
            let answer = try self.read("{\"a\":\(bad),\"good\":\(good)}", slugs: ["a", "good"])
            guard case .failure(let error) = answer.results["a"], case .success(.active) = answer.results["good"] else {
                Issue.record("\(answer.results)")
                continue
            }
            #expect(error.verdict == .unusable)
        }
    }
}
