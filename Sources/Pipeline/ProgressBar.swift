/// The one line that a terminal shows of a run: `update  [########········] 4,512/73,431  5,012/s  0:13 left`.
struct ProgressBar {
    let stage: String
    let done: Int
    let total: Int?
    let elapsed: Duration

    private static let widest = 24
    private static let narrowest = 5

    /// The line, shorter than `columns`: what it needs least goes first, for a line that reaches the last column wraps on
    /// some terminals, and then can't be cleared.
    func line(columns: Int) -> String {
        let room = max(1, columns - 1)
        let rate = self.rate
        guard let total, total > 0 else {
            return Self.first(
                of: [
                    "\(self.stage)  \(self.done.grouped)  \(rate.grouped)/s", "\(self.stage)  \(self.done.grouped)",
                    self.done.grouped,
                ],
                in: room
            )
        }
        let count = "\(self.done.grouped)/\(total.grouped)"
        let left = rate > 0 && total > self.done ? "  \(Self.clock((total - self.done) / rate)) left" : ""
        for tail in ["\(count)  \(rate.grouped)/s\(left)", "\(count)\(left)", count] {
            let width = min(Self.widest, room - self.stage.count - tail.count - 5)
            if width >= Self.narrowest { return "\(self.stage)  \(self.bar(width, of: total)) \(tail)" }
        }
        return Self.first(of: ["\(self.stage)  \(count)", count, "\(self.done * 100 / total)%"], in: room)
    }

    /// Items a second.
    var rate: Int {
        let seconds = self.elapsed / .seconds(1)
        return seconds > 0.001 ? Int(Double(self.done) / seconds) : 0
    }

    private func bar(_ width: Int, of total: Int) -> String {
        let filled = min(width, Int(Double(self.done) / Double(total) * Double(width)))
        return "[" + String(repeating: "#", count: filled) + String(repeating: "·", count: width - filled) + "]"
    }

    private static func first(of lines: [String], in room: Int) -> String {
        lines.first { $0.count <= room } ?? String(lines[lines.count - 1].prefix(room))
    }

    /// `0:13`, `2:30`, `1:02:30`.
    private static func clock(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (minutes, rest) = (seconds / 60, two(seconds % 60))
        return minutes < 60 ? "\(minutes):\(rest)" : "\(minutes / 60):\(two(minutes % 60)):\(rest)"
    }
}
