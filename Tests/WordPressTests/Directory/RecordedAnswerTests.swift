import TestSupport
import Testing

@testable import Composer
@testable import Facts
@testable import Upstream
@testable import WordPress

/// Answers as they were recorded of WordPress.org.
///
/// Where no such data is, `make test` leaves these out and says how many they are.
@Suite(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
struct RecordedAnswerTests {
    @Test func `every recorded plugin reads as it was sent`() throws {
        #expect(try TestData.recorded.files(in: "wporg-plugins").count > 100)
        try WholeAnswers(.recorded).expectPluginsAsSent()
    }

    @Test func `every recorded theme reads as it was sent`() throws {
        #expect(try TestData.recorded.files(in: "wporg-themes").count > 50)
        try WholeAnswers(.recorded).expectThemesAsSent()
    }

    @Test func `closed, unknown and unusable answers as they were captured`() throws {
        func answer(_ file: String, _ type: PackageType = .plugin, slug: String) throws -> Result<
            PackageAnswer<Payload>, UpstreamError
        >? {
            let bytes = try TestData.recorded.bytes("wporg-errors/\(file).json")
            let whole = Array("{\"\(slug)\":".utf8) + bytes + Array("}".utf8)
            return try WholeAnswers(.recorded).read(whole, type, slug)
        }
        func closure(_ file: String, slug: String) throws -> Closure? {
            guard case .success(.closed(let closure)) = try answer(file, slug: slug) else { return nil }
            return closure
        }
        #expect(
            try closure("plugin-closed-0gravatar", slug: "0gravatar")
                == Closure(date: "2024-11-13", reason: "author-request", isPermanent: true)
        )
        #expect(try closure("plugin-closed-temporary", slug: "temp") == Closure(date: "2026-04-09"))
        #expect(
            try closure("plugin-closed-display-widgets", slug: "display-widgets")
                == Closure(date: "2021-01-30", reason: "security-issue")
        )
        #expect(try closure("plugin-closed-caldera-forms", slug: "caldera-forms")?.isPermanent == true)
        for (file, type) in [
            ("plugin-not-found", PackageType.plugin), ("plugin-invalid-slug", .plugin), ("theme-not-found", .theme),
            ("theme-invalid-slug-_tk", .theme),
        ] {
            guard case .success(.notFound) = try answer(file, type, slug: "x") else {
                Issue.record("\(file) is not read as unknown")
                continue
            }
        }
        for file in ["query_plugins-failed", "plugin-invalid-input"] {
            guard case .failure(let error) = try answer(file, slug: "x") else {
                Issue.record("\(file) is read as an answer")
                continue
            }
            #expect(error.code == .refused)
        }
    }
}
