import ComposerRepository
import Testing

@Suite struct RepositorySettingsTests {
    @Test func `a repository has no limits of its own unless it is told`() {
        let settings = RepositorySettings(name: "acme", url: "https://composer.example")
        #expect(settings.only == nil && settings.exclude == NameSelection() && !settings.requires)
        #expect(settings.requestsPerSecond == nil && settings.concurrency == nil && settings.authentication == nil)
    }
}
