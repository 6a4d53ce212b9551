import NIOCore

/// Until when a client has to have taken what it is sent: each answer has a time of its own.
///
/// It begins with the answer's head, or when the client has taken the answers before it.
struct AnswerTimes {
    /// Of the answers that were begun and not taken, in their order.
    private var times: [TimeAmount] = []
    /// Of the first of them; nil where there is none.
    private(set) var deadline: NIODeadline?

    mutating func begin(for time: TimeAmount, now: NIODeadline = .now()) {
        self.times.append(time)
        if self.times.count == 1 { self.deadline = now + time }
    }

    /// Gives more time to the answer that was begun last.
    mutating func extend(by time: TimeAmount) {
        guard let last = self.times.indices.last else { return }
        self.times[last] = self.times[last] + time
        if last == 0 { self.deadline = self.deadline.map { $0 + time } }
    }

    /// The first of them was taken, or never will be.
    mutating func end(now: NIODeadline = .now()) {
        guard !self.times.isEmpty else { return }
        self.times.removeFirst()
        self.deadline = self.times.first.map { now + $0 }
    }
}
