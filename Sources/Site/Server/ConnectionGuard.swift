import NIOCore
import NIOHTTP1

/// Stands where requests come in and answers go out, and closes the connection of a client that takes more than its share.
///
/// - One connection too many, of all or of one client, is closed at once.
/// - A client that sends a byte now and then gets no more time for it: only a complete head, a complete body and an
///   answer that was taken count. Who takes nothing of an answer is sent away sooner.
/// - What is no good request, or comes while too much waits to be taken, is refused here, where it costs nothing.
/// - No more is read from a client than it takes answers, and few of its requests wait for theirs.
///
/// It is also where a connection ends when it has to: HTTP/1.0 without `keep-alive`, and whoever asks for `close`.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// `closing`: the last answer is on its way, and nothing more is taken from the client.
    enum Phase { case head, body, response, closing }

    /// How long a client may go on after its last answer, so that it gets to read that.
    private static let lingering = TimeAmount.seconds(2)
    /// Deadlines move with each request; the timer looks at them this often instead of being set anew.
    private static let granularity = TimeAmount.seconds(5)

    let limits: ServerLimits
    let clients: Clients
    let decoder: RequestDecoder
    let metrics: RequestMetrics
    /// Where files are that answers name; nil where none does.
    let files: SentFiles?
    /// The body of the answer that is being written.
    var file: SentFile?
    var client: Clients.Client?
    /// Its own: what goes out from further behind passes it once more.
    private(set) var context: ChannelHandlerContext?
    var phase = Phase.head
    /// Of what the client sends, and of the server's answer to it, while no answer is being taken.
    private var deadline: NIODeadline
    /// What there was for that.
    private var time: TimeAmount
    /// Of the answers that are being taken.
    var answers = AnswerTimes()
    private var timer: Scheduled<Void>?
    /// Requests whose answer has not been written.
    var unanswered = 0
    /// No request follows those that are unanswered.
    var isLast = false
    var speaksHTTP10 = false
    /// The end of the connection is that of the answer, whose length nobody knew.
    var endsBody = false
    var traits: RequestTraits?
    /// What is said instead of an answer, behind those that are still due.
    var refusal: Refusal?
    var holdsRead = false
    /// Bytes of answers that the client has not taken, and when it last took some.
    var untaken = 0
    var lastTaken = NIODeadline.now()
    /// Answers that were written whole and not taken.
    var untakenAnswers = 0
    /// How the connection is to end behind them.
    var endings: [(mode: CloseMode, promise: EventLoopPromise<Void>?)] = []
    /// The time for them is over.
    var isHurried = false

    init(
        limits: ServerLimits,
        clients: Clients,
        decoder: RequestDecoder,
        metrics: RequestMetrics,
        files: SentFiles? = nil
    ) {
        self.metrics = metrics
        self.files = files
        self.limits = limits
        self.clients = clients
        self.decoder = decoder
        self.time = limits.headTimeout
        self.deadline = .now() + limits.headTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard self.client == nil else { return }
        self.client = self.clients.connect(from: context.remoteAddress)
        if self.client == nil { context.close(promise: nil) } else { self.watch(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.timer?.cancel()
        if let client = self.client { self.clients.disconnect(client) }
    }

    private func watch(_ context: ChannelHandlerContext) {
        let left = max(.zero, min((self.answers.deadline ?? self.deadline) - .now(), Self.granularity))
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: left) {
            let isLate = (self.answers.deadline ?? self.deadline) <= .now()
            if isLate || self.isStalled { context.close(promise: nil) } else { self.watch(context) }
        }
    }

    private var isStalled: Bool {
        guard self.untaken > 0, let client = self.client else { return false }
        let isCrowded = !self.clients.hasRoom(for: client)
        let timeout = isCrowded ? self.limits.crowdedStallTimeout : self.limits.stallTimeout
        return self.lastTaken + timeout <= .now()
    }

    func enter(_ phase: Phase, for time: TimeAmount) {
        (self.phase, self.time) = (phase, time)
        self.deadline = .now() + time
    }

    /// An answer is about to be written.
    func beginAnswer() { self.answers.begin(for: self.limits.responseTimeout) }

    /// A large answer has more time, at the pace of ``ServerLimits/bytesPerSecond``.
    func allow(bytes: Int) {
        self.answers.extend(by: .milliseconds(Int64(bytes) * 1_000 / Int64(self.limits.bytesPerSecond)))
    }

    /// The client has taken an answer; with the last of them its time for what it sends begins anew.
    func endAnswer() {
        self.answers.end()
        if self.answers.deadline == nil { self.deadline = .now() + self.time }
    }

    func linger(_ context: ChannelHandlerContext) {
        self.enter(.closing, for: Self.lingering)
        self.timer?.cancel()
        self.watch(context)
    }

    // MARK: No more is read from a client than it takes answers

    func read(context: ChannelHandlerContext) {
        self.holdsRead = true
        self.readOn(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.readOn(context)
        context.fireChannelWritabilityChanged()
    }

    func readOn(_ context: ChannelHandlerContext) {
        guard self.holdsRead, context.channel.isWritable, !self.decoder.isHeld else { return }
        self.holdsRead = false
        context.read()
    }
}
