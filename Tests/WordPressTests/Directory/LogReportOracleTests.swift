import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Upstream
@testable import WordPress

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Compares the own scanner with a general XML parser on random well-formed reports.
@Suite struct LogReportOracleTests {
    /// Reads a report through `XMLParser`, with nothing known of how the own scanner works.
    final class Oracle: NSObject, XMLParserDelegate {
        var items: [LogItem] = []
        private var item = LogItem(revision: -1)
        private var path: LogPath?
        private var text = ""

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            self.text = ""
            let actions: [String: LogPath.Action] = [
                "S:added-path": .added, "S:modified-path": .modified, "S:deleted-path": .deleted,
                "S:replaced-path": .replaced,
            ]
            if name == "S:log-item" { self.item = LogItem(revision: -1) }
            guard let action = actions[name] else { return }
            self.path = LogPath(
                path: "",
                action: action,
                isDirectory: ["dir": true, "file": false][attributes["node-kind"] ?? ""],
                copyFrom: attributes["copyfrom-path"].flatMap { path in
                    attributes["copyfrom-rev"].flatMap { Int64($0) }.map {
                        LogPath.CopySource(path: path, revision: $0)
                    }
                }
            )
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { self.text += string }

        func parser(
            _ parser: XMLParser,
            didEndElement name: String,
            namespaceURI: String?,
            qualifiedName: String?
        ) {
            switch name {
            case "D:version-name": self.item.revision = Int64(self.text) ?? -1
            case "S:date": self.item.dateMilliseconds = SubversionDate.milliseconds(Array(self.text.utf8))
            case "S:log-item": self.items.append(self.item)
            default:
                guard var path = self.path, name.hasSuffix("-path") else { return }
                path.path = self.text
                self.item.paths.append(path)
                self.path = nil
            }
        }
    }

    static func escaped(_ text: String, _ random: inout SplitMix) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "<": "&lt;"
            case "&": "&amp;"
            case "\"": "&quot;"
            case "'": Bool.random(using: &random) ? "&apos;" : "&#39;"
            case ">": "&gt;"
            default:
                Int.random(in: 0..<20, using: &random) == 0
                    ? "&#x\(String(scalar.value, radix: 16));" : String(scalar)
            }
        }.joined()
    }

    static func word(_ random: inout SplitMix) -> String {
        let alphabet = Array("abcxyz019-_. <>&\"'%+?=;/#!é日😀ü".unicodeScalars)
        var word = ""
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            word.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
        }
        return word
    }

    static func report(_ random: inout SplitMix) -> String {
        var text = LogReportParserTests.head
        for revision in 1...Int.random(in: 1...8, using: &random) {
            text += "<S:log-item>\n"
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let action = ["added", "modified", "deleted", "replaced"].randomElement(using: &random) ?? "added"
                var attributes = ["text-mods=\"true\"", "prop-mods='false'"]
                if let kind = ["dir", "file", "", nil].randomElement(using: &random), let kind {
                    attributes.append("node-kind=\"\(kind)\"")
                }
                if Bool.random(using: &random) {
                    attributes.append("copyfrom-path=\"/\(self.escaped(self.word(&random), &random))\"")
                    attributes.append("copyfrom-rev = '\(Int.random(in: 0...99, using: &random))'")
                }
                attributes.shuffle(using: &random)
                let spaces = [" ", "\n  "].randomElement(using: &random) ?? " "
                text += "<S:\(action)-path \(attributes.joined(separator: spaces))>"
                text += "/\(self.escaped(self.word(&random), &random))</S:\(action)-path >\n"
            }
            var rest = [
                "<D:version-name>\(revision)</D:version-name>",
                "<S:date>2024-03-21T06:56:12.\(100_000 + revision)Z</S:date>",
                "<D:comment>\(self.escaped(self.word(&random), &random))</D:comment>", "<S:has-children/>",
                "<D:creator-displayname>x</D:creator-displayname>",
            ]
            if Bool.random(using: &random) { rest.remove(at: 1) }
            rest.shuffle(using: &random)
            text += rest.joined(separator: "\n") + "\n</S:log-item>\n"
        }
        return text + LogReportParserTests.tail
    }

    @Test func `random reports read as a general XML parser reads them`() throws {
        var random = SplitMix(seed: 20_240_321)
        for round in 0..<150 {
            let report = Self.report(&random)
            let oracle = Oracle()
            let general = XMLParser(data: Data(report.utf8))
            general.delegate = oracle
            #expect(general.parse(), "round \(round)")
            #expect(!oracle.items.isEmpty)
            let size = Int.random(in: 1...300, using: &random)
            #expect(
                try LogReportParserTests().parse(report, chunkSize: size) == oracle.items,
                "round \(round): \(report)"
            )
        }
    }

    @Test func `50 MB of report take less than 40 MB of memory`() throws {
        var random = SplitMix(seed: 1)
        var stretch = ""
        for _ in 0..<40 {
            let report = Self.report(&random)
            stretch += report.dropFirst(LogReportParserTests.head.count).dropLast(LogReportParserTests.tail.count)
        }
        // A commit of many files with a long comment, so that 50 MB of it are read in a while also without optimisation.
        stretch += "<S:log-item>\n"
        for number in 0..<3_000 {
            stretch +=
                "<S:added-path node-kind=\"file\" text-mods=\"true\" prop-mods=\"false\">/akismet/trunk/\(number)/"
            stretch += "a-file-of-some-length-\(number).php</S:added-path>\n"
        }
        stretch += "<D:comment>\(String(repeating: "many words ", count: 400_000))</D:comment>"
        stretch += "<D:version-name>1</D:version-name>\n</S:log-item>\n"
        let piece = Array(stretch.utf8)
        var growth: [Int] = []
        // Other tests of the same process need memory as well; what the parser needs it needs every time.
        while growth.count < 3, (growth.min() ?? .max) >= 40_000 { growth.append(try Self.growth(reading: piece)) }
        #expect((growth.min() ?? .max) < 40_000, "\(growth) kB")
    }

    /// How many kilobytes more are resident while 50 MB of a report are read, made of these items over and over.
    static func growth(reading items: [UInt8]) throws -> Int {
        var parser = LogReportParser(label: RequestLabel(method: "REPORT", url: "https://svn.example/"))
        let before = try Self.residentKilobytes()
        var most = before
        try parser.read(ByteBuffer(string: LogReportParserTests.head), onItem: { _ in })
        while parser.bytes < 50_000_000 {
            // In pieces, as they come from a socket.
            for start in stride(from: 0, to: items.count, by: 65_536) {
                try parser.read(ByteBuffer(bytes: items[start..<min(start + 65_536, items.count)]), onItem: { _ in })
            }
            most = max(most, try Self.residentKilobytes())
        }
        try parser.read(ByteBuffer(string: LogReportParserTests.tail), onItem: { _ in })
        try parser.finish()
        return most - before
    }

    static func residentKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (status.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4
    }
}
