import NIOCore
import NIOHTTP1
import TestSupport
import Testing
import Transport

@testable import Composer
@testable import Upstream
@testable import WordPress

/// P14, P21: whatever comes, it is read or refused, and stops nobody.
@Suite struct HostileBytesTests {
    static let label = RequestLabel(method: "GET", url: "http://x/")

    static let answer = #"""
        {"a":{"slug":"a","name":"A \u00e9\ud83d\ude00","version":1.0,"versions":{"1.0":"https:\/\/x\/a.zip","trunk":""},
        "last_updated":"2024-03-21 6:56am GMT","active_installs":9223372036854775807,"requires_php":false},"error":null}
        """#

    static let listing = """
        <html><head><title> - Revision 3483213: /</title></head><body><ul>
        <li><a href="akismet/">akismet/</a></li>
        <li><a href="%41%zz/">x</a></li>
        </ul></body></html>
        """

    static func spoilt(_ text: String, _ random: inout SplitMix) -> [UInt8] {
        text.utf8.spoilt(with: ["9223372036854775807", "&#x110000;\\u\\\"<>%%"], &random)
    }

    @Test func `P21: no answer stops the process`() {
        var random = SplitMix(seed: 7)
        for _ in 0..<6_000 {
            var log = LogReportParser(label: Self.label)
            try? log.read(ByteBuffer(bytes: Self.spoilt(LogReportParserTests.report, &random))) { _ in }
            try? log.finish()
            var listing = ListingParser(label: Self.label)
            try? listing.read(ByteBuffer(bytes: Self.spoilt(Self.listing, &random))) { _ in }
            _ = try? listing.finish { _ in }
            for type in [PackageType.plugin, .theme] {
                let bytes = Self.spoilt(Self.answer, &random)
                _ = try? BatchAnswer(bytes, type: type, slugs: ["a"], label: Self.label)
            }
            _ = SubversionRepository.revision(properties: Self.spoilt("<D:version-name>12</D:version-name>", &random))
            let text = String(decoding: Self.spoilt("W/\"200//\"", &random), as: UTF8.self)
            _ = SubversionRepository.revision(etag: text)
            _ = SubversionDate.milliseconds(Self.spoilt("2024-03-21T06:56:12.123456Z", &random))
            let date = String(decoding: Self.spoilt("2024-03-21 6:56am GMT", &random), as: UTF8.self)
            _ = DirectoryDate.seconds(date)
            let http = String(decoding: Self.spoilt("Thu, 21 Mar 2024 06:57:12 GMT", &random), as: UTF8.self)
            _ = RetryAfter.duration(["Retry-After": http, "Date": http])
        }
    }
}
