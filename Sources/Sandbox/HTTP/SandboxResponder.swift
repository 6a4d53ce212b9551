import HTTPTypes
import Hummingbird
import NIOCore

/// Answers every request to the sandbox: counts it, lets hooks and faults have their way, and hands it to the part that
/// knows the answer.
struct SandboxResponder: HTTPResponder {
    typealias Context = SandboxContext

    let sandbox: Sandbox
    let classifier: RequestClassifier

    func respond(to request: Request, context: SandboxContext) async throws -> Response {
        self.sandbox.counter.begin()
        defer { self.sandbox.counter.end() }
        if request.headers[.expect] == "100-continue" { try await ContinueWriter.write(to: context.channel) }
        let body: ByteBuffer
        let digests: BodyDigests?
        do {
            (body, digests) = try await self.body(of: request)
        } catch is NIOTooManyBytesError {
            return Reply(status: .contentTooLarge, contentType: "text/plain", "The body is too large.").response
        }
        if let path = request.head.path, path.hasPrefix(ControlAPI.prefix), self.classifier.website == nil {
            return ControlAPI(sandbox: self.sandbox).reply(method: request.method, path: path, body: body).response
        }
        var exchange = self.classifier.exchange(request.head, body: body)
        exchange.digests = digests
        self.sandbox.counter.record(exchange)
        var reply = try await self.admitted(exchange, request.head, context)
        self.sandbox.counter.record(status: reply.status.code)
        if self.sandbox.settings.compressesAnswers || exchange.route.isComposer {
            reply = reply.compressed(for: exchange)
        }
        if request.method == .head { reply = reply.withoutBody }
        return reply.response
    }

    /// The answer, or the refusal that a Composer repository has for who may not ask.
    private func admitted(
        _ exchange: Exchange,
        _ head: HTTPRequest,
        _ context: SandboxContext
    ) async throws -> Reply {
        guard let address = exchange.composer else { return try await self.reply(to: exchange, head, context) }
        let underWay = address.mount.traffic.enter(address.route)
        defer { address.mount.traffic.leave() }
        let service = self.sandbox.composerService(address.mount)
        if let refusal = service.refusal(exchange, address, underWay: underWay) { return refusal }
        return try await self.reply(to: exchange, head, context)
    }

    /// The body, or only what becomes of it where the store is not to keep it.
    private func body(of request: Request) async throws -> (ByteBuffer, BodyDigests?) {
        if request.method == .put, self.sandbox.settings.forgetsBodiesBelow != nil {
            let exchange = self.classifier.exchange(request.head, body: ByteBuffer())
            if exchange.route == .s3Put, self.sandbox.settings.forgetsBody(of: exchange.key ?? "") {
                return (ByteBuffer(), try await BodyDigests(of: request.body))
            }
        }
        return (try await request.body.collect(upTo: self.sandbox.settings.maxBodyBytes), nil)
    }

    private func reply(
        to exchange: Exchange,
        _ head: HTTPRequest,
        _ context: SandboxContext
    ) async throws -> Reply {
        let faults = self.sandbox.faults
        let clearings = faults.clearings
        var effects = faults.effects(on: exchange)
        if let hook = self.sandbox.hook, case .fail(let effect) = await hook(exchange) { effects.insert(effect, at: 0) }
        guard !effects.isEmpty else { return self.sandbox.answer(exchange) }

        for effect in effects {
            if case .delay(let milliseconds) = effect {
                try await faults.wait(milliseconds: milliseconds, since: clearings)
            }
        }
        guard let effect = effects.first(where: { !$0.isDelay }) else { return self.sandbox.answer(exchange) }
        if effect == .reset { try await self.endConnection(context) }
        if let replacement = FaultWork.replacement(for: effect, exchange) { return replacement }
        let reply = self.sandbox.answer(self.changed(exchange, by: effect, head))
        if effect == .resetAfterEffect { try await self.endConnection(context) }
        if case .lateAnswer(let milliseconds) = effect {
            try await faults.wait(milliseconds: milliseconds, since: clearings)
        }
        return try await FaultWork.spoil(reply, effect)
    }

    /// What is answered where an effect has something else answered.
    private func changed(_ exchange: Exchange, by effect: SandboxFault.Effect, _ head: HTTPRequest) -> Exchange {
        var exchange = exchange
        switch effect {
        case .stale: exchange.build = .stale
        case .rebuilt: exchange.build = .rebuilt
        case .instead(let path):
            var head = head
            head.path = path
            exchange = self.classifier.exchange(head, body: exchange.body)
        default: break
        }
        return exchange
    }

    private func endConnection(_ context: SandboxContext) async throws -> Never {
        await FaultWork.reset(context.channel)
        throw FaultWork.ConnectionEnded()
    }
}
