import Logging
import Synchronization
import Testing

@testable import Pipeline

@Suite struct ProgressTests {
    private func line(_ done: Int, of total: Int?, seconds: Int = 50, columns: Int = 80) -> String {
        ProgressBar(stage: "update", done: done, total: total, elapsed: .seconds(seconds)).line(columns: columns)
    }

    @Test func `a bar shows how much is done, how fast, and how long it still takes`() {
        #expect(
            self.line(5_000, of: 20_000) == "update  [######··················] 5,000/20,000  100/s  2:30 left"
        )
        #expect(self.line(100, of: 100_000, seconds: 100).hasSuffix("  27:45:00 left"))
    }

    @Test func `without a total the bar counts`() {
        #expect(self.line(1_234_567, of: nil, seconds: 1) == "update  1,234,567  1,234,567/s")
    }

    @Test func `on a narrow terminal the rate goes first, then the time, then the bar`() {
        #expect(
            self.line(5_000, of: 20_000, columns: 60) == "update  [####··············] 5,000/20,000  100/s  2:30 left"
        )
        #expect(self.line(5_000, of: 20_000, columns: 46) == "update  [##·········] 5,000/20,000  2:30 left")
        #expect(self.line(5_000, of: 20_000, columns: 40) == "update  [#····] 5,000/20,000  2:30 left")
        #expect(self.line(5_000, of: 20_000, columns: 36) == "update  [###·········] 5,000/20,000")
        #expect(self.line(5_000, of: 20_000, columns: 24) == "update  5,000/20,000")
        #expect(self.line(5_000, of: 20_000, columns: 8) == "25%")
    }

    @Test(arguments: [0, 1, 2, 5, 10, 20, 39, 40, 41, 60, 79, 80, 200])
    func `no bar reaches the last column, however large its numbers are`(_ columns: Int) {
        for (done, total) in [(0, 1), (7, nil), (73_431, 73_431), (9_999_999, 99_999_999), (Int.max / 200, nil)] {
            let line = self.line(done, of: total, columns: columns)
            #expect(line.count <= max(1, columns - 1), "\(line)")
        }
    }

    @Test func `a bar is drawn as wide as the terminal is at that moment, and cleared at the end`() {
        let columns = Mutex(80)
        let written = Mutex<[String]>([])
        let progress = Progress(
            stage: "sync",
            total: 10,
            style: .bar(
                columns: { columns.withLock { $0 } },
                write: { text in written.withLock { $0.append(text) } }
            ),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        columns.withLock { $0 = 20 }
        progress.advance(by: 5)
        progress.finish()
        let texts = written.withLock { $0 }
        #expect(texts.count == 2)
        #expect(texts.first.map { $0.hasPrefix(Progress.clearedLine) && $0.count <= 19 + 2 + 2 } == true)
        #expect(texts.last == Progress.clearedLine)
    }

    @Test func `one of something is not several`() {
        #expect(1.counted("package") == "1 package" && 0.counted("package") == "0 packages")
        #expect(2_000.counted("entry", "entries") == "2,000 entries" && 1.counted("is", "are") == "1 is")
    }
}
