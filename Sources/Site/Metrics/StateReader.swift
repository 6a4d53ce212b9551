import Facts
package import Logging
package import Store

/// What metrics and pages are made of: the state of the pipeline now, and what is remembered for a minute.
package struct StateReader: Sendable {
    let store: Store
    let settings: PageSettings
    let logger: Logger
    private let rememberedCensus: Remembered<Census>
    private let rememberedActivity: Remembered<[Activity]>

    package init(
        store: Store,
        settings: PageSettings,
        logger: Logger,
        remembering lifetime: Duration = .seconds(60)
    ) {
        self.store = store
        self.settings = settings
        self.logger = logger
        self.rememberedCensus = Remembered(for: lifetime) { try await store.census() }
        self.rememberedActivity = Remembered(for: lifetime) {
            try await store.activity(sinceMilliseconds: try await store.now() - 31 * 86_400_000)
        }
    }

    /// Without what is known of sources that the settings no longer name.
    func state() async throws -> PipelineState {
        try await self.store.pipelineState().limited(to: self.settings.sources.map { SourceName($0.name) })
    }

    func census() async throws -> Census { try await self.rememberedCensus.value() }
    func activity() async throws -> [Activity] { try await self.rememberedActivity.value() }

    /// Milliseconds that the oldest dirty document has been waiting; 0 when none is dirty.
    static func oldestDirtyAge(_ state: PipelineState, _ census: Census) -> Int64 {
        guard state.dirtyDocuments > 0, let since = census.oldestDirtyMilliseconds else { return 0 }
        return max(0, state.nowMilliseconds - since)
    }
}
