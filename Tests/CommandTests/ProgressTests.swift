import Testing

@testable import Pipeline

@Suite struct ProgressTests {
    @Test func `a bar shows how much is done, how fast, and how long it still takes`() {
        let line = Progress.line("update", done: 5_000, total: 20_000, elapsed: .seconds(50))
        #expect(line == "\r\u{1B}[Kupdate  [######··················] 5,000/20,000  100/s  2:30 left")
    }

    @Test func `without a total the bar counts`() {
        #expect(
            Progress.line("sync", done: 1_234_567, total: nil, elapsed: .seconds(1))
                == "\r\u{1B}[Ksync  1,234,567  1,234,567/s"
        )
    }
}
