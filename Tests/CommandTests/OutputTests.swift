import Facts
import Foundation
import Logging
import NIOCore
import Pipeline
import Store
import Testing

@testable import Command

/// Where what a run says goes, and how.
@Suite struct OutputTests {
    private func presentation(
        _ format: LogFormat = .text,
        screen: Bool,
        quiet: Bool = false,
        progress: Bool = true
    ) -> Presentation {
        Presentation(format: format, isScreen: screen, isQuiet: quiet, hasProgress: progress)
    }

    private func style(_ presentation: Presentation) -> String {
        switch presentation.progress {
        case .bar: "bar"
        case .lines: "lines"
        case .nothing: "nothing"
        }
    }

    @Test func `a terminal has a bar and a summary; elsewhere, and where JSON is wanted, there are lines`() {
        #expect(self.style(self.presentation(screen: true)) == "bar")
        #expect(self.style(self.presentation(screen: false)) == "lines")
        #expect(self.style(self.presentation(.json, screen: true)) == "lines")
        #expect(self.style(self.presentation(screen: true, progress: false)) == "nothing")
        #expect(self.style(self.presentation(screen: true, quiet: true)) == "nothing")
        #expect(self.presentation(screen: true).end(of: .done, isDry: false) == .summary)
        #expect(self.presentation(.json, screen: true).end(of: .failed, isDry: false) == .log)
        #expect(self.presentation(screen: false).end(of: .done, isDry: false) == .log)
    }

    @Test func `quiet keeps what went wrong`() {
        #expect(self.presentation(screen: true, quiet: true).end(of: .done, isDry: false) == .log)
        #expect(self.presentation(screen: true, quiet: true).end(of: .partial, isDry: false) == .summary)
    }

    @Test func `what a dry run says is a result, and its failure is not`() {
        for presentation in [self.presentation(screen: true), self.presentation(.json, screen: false)] {
            #expect(presentation.end(of: .done, isDry: true) == .output)
            #expect(presentation.end(of: .failed, isDry: true) == .log)
        }
    }

    @Test func `a line of the log has its message before its values, and no line break of somebody else's`() {
        let line = TextLogHandler.line(
            Date(timeIntervalSince1970: 0),
            "error",
            "sync",
            "run finished",
            ["run": "7", "error": "it \"failed\"\nat once\u{1B}[2J", "stage": "sync", "empty": ""]
        )
        #expect(
            line
                == #"1970-01-01T00:00:00Z error sync: run finished  empty="" run=7 stage=sync error="it \"failed\"\nat once\u{1b}[2J""#
        )
    }

    @Test func `an address that can't be listened on is named with the remedy, and no number of an error`() {
        let taken = IOError(errnoCode: EADDRINUSE, reason: "bind(descriptor:ptr:bytes:)")
        let text = ListeningError(taken, host: "127.0.0.1", port: 8_080)?.description ?? ""
        #expect(text.hasPrefix("can't listen on 127.0.0.1:8080: ") && text.contains("--port"))
        for number in [EADDRNOTAVAIL, EACCES, EAFNOSUPPORT, EINVAL] {
            let error = IOError(errnoCode: number, reason: "bind(descriptor:ptr:bytes:)")
            let text = ListeningError(error, host: "::1", port: 80)?.description ?? ""
            #expect(text.hasPrefix("can't listen on [::1]:80: "))
            #expect(!text.contains("errno") && !text.contains("descriptor"))
        }
        #expect(ListeningError(StoreError.retryable(reason: "x"), host: "::1", port: 80) == nil)
    }

    @Test func `a long line is folded at words, further in than it began, and a short one is left as it is`() {
        #expect(Terminal.folded("a  b\n", columns: 20) == "a  b\n")
        #expect(Terminal.folded("  one two  three four", columns: 12) == "  one two\n    three\n    four")
        #expect(Terminal.folded("averyveryverylongword x", columns: 10) == "averyveryverylongword\n  x")
        let text = String(repeating: "some words of a message; ", count: 20)
        for columns in [20, 40, 80, 200] {
            for line in Terminal.folded(text, columns: columns).split(separator: "\n") { #expect(line.count < columns) }
        }
    }

    @Test func `what upstreams say holds no control characters but line breaks, on a terminal or not`() {
        let hostile = "a\u{1B}[2J\r\u{9B}K\t\u{7F}\nb é"
        let plain = "a\u{fffd}[2J\u{fffd}\u{fffd}K\u{fffd}\u{fffd}\nb é"
        #expect(Terminal.plain(hostile) == plain)
        #expect(Terminal.forOutput(hostile) == plain && Terminal.forErrors(hostile) == plain)
    }

    @Test func `a dry run's summary says that nothing was changed`() {
        let outcome = StageOutcome(counters: [.wouldUpload: 2_000], notes: ["would upload 2,000 objects"])
        let text = Summary(stage: .sync, outcome: outcome, run: nil, elapsed: .seconds(1)).text
        #expect(
            text == "sync (dry run, nothing was changed)\n  would upload 2,000 objects\n  would upload  2,000\n"
        )
    }

    @Test func `what is empty or wrong is said once, by one name`() {
        let error = #expect(throws: InvalidSettings.self) {
            try Settings(environment: [:], overrides: ["PACKLINE_DATABASE_URL": ""])
        }
        #expect(error?.problems.count == 1)
        let secret = #expect(throws: InvalidSettings.self) {
            try Settings(environment: ["PACKLINE_DATABASE_URL": ""])
        }
        #expect(secret?.description.components(separatedBy: "PACKLINE_DATABASE_URL").count == 2)
    }

    @Test(arguments: ["akismet,,x", ",akismet", "akismet,", "akismet, ,x", ","])
    func `P14: an empty entry among those that are named is an error`(_ list: String) {
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: ["PACKLINE_ONLY": list]) }
        #expect(error?.description.contains("has an empty entry") == true)
    }

    @Test(arguments: ["site kit", "akismet,site kit", "plugin:site kit"])
    func `P14: an entry with a space in it is none`(_ list: String) {
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: ["PACKLINE_ONLY": list]) }
        #expect(error?.description.contains("has a space in it") == true)
    }
}
