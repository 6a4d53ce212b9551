import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// The real Composer against the v1 tree, which is all that there is at its address.
@Suite(.enabled(if: ComposerProject.isThere, "needs Debian's composer"))
struct TreeComposerTests {
    @Test func `P13: Composer resolves and installs from the tree, branches too, and after changes`() async throws {
        try await ProviderTreeTests.with(.sqlite, packages: 20) { pipeline, world in
            try await pipeline.round()
            let stable = world.names.filter { world.newestVersion($0) != nil }.suffix(2)
            let branch = try #require(world.names.first { !stable.contains($0) })
            let requires = Dictionary(stable.map { ($0, "*") } + [(branch, "dev-main")]) { $1 }
            try await RunningSite.with(pipeline.store) { port in
                for _ in 1...2 {
                    let url = "http://127.0.0.1:\(port)/v1"
                    let result = try await ComposerProject.update(url, requires: requires)
                    #expect(result.status == 0, "\(result.output)")
                    for name in stable { #expect(result.installed[name] == world.newestVersion(name)) }
                    #expect(result.installed[branch] == "dev-main")
                    try world.publish(Array(stable))
                    try await pipeline.round()
                }
            }
        }
    }
}
