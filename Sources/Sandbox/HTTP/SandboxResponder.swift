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
        do {
            body = try await request.body.collect(upTo: self.sandbox.settings.maxBodyBytes)
        } catch is NIOTooManyBytesError {
            return Reply(status: .contentTooLarge, contentType: "text/plain", "The body is too large.").response
        }
        if let path = request.head.path, path.hasPrefix(ControlAPI.prefix), self.classifier.website == nil {
            return ControlAPI(sandbox: self.sandbox).reply(method: request.method, path: path, body: body).response
        }
        let exchange = self.classifier.exchange(request.head, body: body)
        self.sandbox.counter.record(exchange)
        var reply = try await self.admitted(exchange, context)
        self.sandbox.counter.record(status: reply.status.code)
        if self.sandbox.settings.compressesAnswers || exchange.route.isComposer {
            reply = reply.compressed(for: exchange)
        }
        if request.method == .head { reply = reply.withoutBody }
        return reply.response
    }

    /// The answer, or the refusal that a Composer repository has for who may not ask.
    private func admitted(_ exchange: Exchange, _ context: SandboxContext) async throws -> Reply {
        guard let address = exchange.composer else { return try await self.reply(to: exchange, context) }
        let underWay = address.mount.traffic.enter(address.route)
        defer { address.mount.traffic.leave() }
        let service = ComposerService(mount: address.mount, baseURL: self.sandbox.baseURL)
        if let refusal = service.refusal(exchange, address, underWay: underWay) { return refusal }
        return try await self.reply(to: exchange, context)
    }

    private func reply(to exchange: Exchange, _ context: SandboxContext) async throws -> Reply {
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
        let reply = self.sandbox.answer(exchange)
        if effect == .resetAfterEffect { try await self.endConnection(context) }
        if case .lateAnswer(let milliseconds) = effect {
            try await faults.wait(milliseconds: milliseconds, since: clearings)
        }
        return try await FaultWork.spoil(reply, effect)
    }

    private func endConnection(_ context: SandboxContext) async throws -> Never {
        await FaultWork.reset(context.channel)
        throw FaultWork.ConnectionEnded()
    }
}
