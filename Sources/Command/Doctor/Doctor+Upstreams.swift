import Advisories
import Facts
import Pipeline
import Store
import Upstream

extension Doctor {
    /// Each source: whether upstream answers, and what it should.
    func upstreams(_ connections: Connections, _ ready: Ready?) async -> [Finding] {
        if self.reading.wrongParts.contains(.upstreams) {
            return [.skipped("sources", because: "their settings are wrong")]
        }
        let client = self.client(connections)
        return await self.inOrder(self.settings.stages.sources) { (source: any UpstreamSource) in
            await self.upstream(source, client, ready)
        }
    }

    /// One try each, at any pace: it is a request or two.
    private func client(_ connections: Connections) -> UpstreamClient {
        connections.upstream(requestsPerSecond: 0, concurrency: 4, retry: Self.retry)
    }

    private func upstream(
        _ source: some UpstreamSource,
        _ client: UpstreamClient,
        _ ready: Ready?
    ) async -> [Finding] {
        let name = source.name
        let remedy =
            "see that it can be reached from here (network, proxy) and that the URL of \(name) in the settings is right; what "
            + "is published stays as it is meanwhile"
        return await self.check(name.rawValue, remedy: remedy) {
            // Where a cursor names what to ask, that is asked.
            let cursor = try? await ready?.store.source(name)?.cursor
            let own = client.limited { $0.onAnswer = { self.clocks.note(name.rawValue, $0) } }
            try await source.asker(own).check(since: cursor)
            return [.ok(name.rawValue, "upstream answers as it should")]
        }
    }

    /// Each feed of advisories.
    func feeds(_ connections: Connections, _ ready: Ready?) async -> [Finding] {
        if self.reading.wrongParts.contains(.upstreams) { return [] }
        let client = self.client(connections)
        return await self.inOrder(self.settings.stages.advisories.feeds) { feed in
            let check = "feed \(feed.name)"
            let remedy = "see that it can be reached from here, and that its address and key are right"
            return await self.check(check, remedy: remedy) {
                let reader = feed.connect(client.limited { $0.onAnswer = { self.clocks.note(feed.name.rawValue, $0) } })
                if let known = try await self.known(feed.name, reader.minimumPeriod, ready) { return [known] }
                try await reader.check()
                return [.ok(check, "it answers as it should")]
            }
        }
    }

    /// What is known of a feed that may be asked seldom only: a request now would be taken from discover's.
    private func known(_ feed: SourceName, _ period: Duration, _ ready: Ready?) async throws -> Finding? {
        guard period >= .seconds(1_800), let store = ready?.store,
            let state = try await store.advisoryFeeds().first(where: { $0.name == feed.rawValue })
        else { return nil }
        let now = try await store.now()
        func minutes(_ time: Int64?) -> Int64 { time.map { (now - $0) / 60_000 } ?? .max }
        let check = "feed \(feed)"
        if state.failingSinceMilliseconds == nil, minutes(state.readAtMilliseconds) < 1_440 {
            return .ok(check, "discover read it \(minutes(state.readAtMilliseconds)) minutes ago")
        }
        guard minutes(state.askedAtMilliseconds) * 60 < period.components.seconds else { return nil }
        return Finding(
            check,
            .failed,
            "discover asked it \(minutes(state.askedAtMilliseconds)) minutes ago: \(state.lastError ?? "nothing came of it")",
            remedy: "look at that; it may be asked again after \(period.components.seconds / 60) minutes"
        )
    }

    /// All at once, told in order.
    private func inOrder<Item: Sendable>(
        _ items: [Item],
        _ work: @escaping @Sendable (Item) async -> [Finding]
    ) async -> [Finding] {
        await withTaskGroup(of: (Int, [Finding]).self) { group in
            for (index, item) in items.enumerated() { group.addTask { (index, await work(item)) } }
            var results: [Int: [Finding]] = [:]
            for await (index, findings) in group { results[index] = findings }
            return items.indices.flatMap { results[$0] ?? [] }
        }
    }
}
