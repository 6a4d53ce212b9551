import Command
import Composer
import ComposerRepository
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// What a repository changes while an update, which may take hours, has read its files.
@Suite struct ToldMeanwhileTests {
    /// - Returns: The mark by which a change of the package is told.
    @discardableResult
    private func write(_ repository: WrittenRepository, _ version: String) throws -> String {
        let package = WrittenRepository.version(version, of: "acme/a")
        let file = #"{"packages":{"acme/a":{"\#(version)":\#(package)}}}"#
        try repository.write("all-\(version).json", file)
        let root = #"{"packages":[],"includes":{"all-\#(version).json":{"sha1":"\#(version)"}}}"#
        try repository.write("packages.json", root)
        let included = try IncludedPackages(parsing: Array(file.utf8), from: RepositoryURL("https://acme.example"))
        return included.packages[0].toldMark
    }

    @Test func `a change that was told is read from the files as they are then, and nothing else is read twice`()
        async throws
    {
        try await WrittenRepository.with { pipeline, repository in
            try self.write(repository, "1.0.0")
            let source = try #require(pipeline.settings.stages.sources.first as? RepositorySource)
            try await Connections.with(pipeline.settings, concurrency: 4, logger: Pipeline.logger) { connections in
                let asker = source.asker(connections.upstream(requestsPerSecond: 0, concurrency: 4))
                func expect(_ version: String, _ package: KnownPackage) async throws {
                    let answers = try await asker.ask(about: [package], suspects: [])
                    let answer = try #require(answers["acme/a"]).get()
                    guard case .active(let payload, _) = answer else {
                        Issue.record("\(answer)")
                        return
                    }
                    let text = payload.parts.map { String(decoding: $0.bytes, as: UTF8.self) }.joined()
                    #expect(text.contains("\"version\":\"\(version)\""), "\(text)")
                }
                let known = KnownPackage(key: "acme/a", state: .active, changedRevision: 1, settledRevision: 1)
                try await expect("1.0.0", known)
                let mark = try self.write(repository, "2.0.0")
                repository.mount.resetRequests()
                try await expect("1.0.0", known)
                #expect(repository.mount.requests.total == 0)
                var told = known
                (told.changedRevision, told.mark) = (2, mark)
                for _ in 1...2 { try await expect("2.0.0", told) }
                #expect(repository.mount.requests.total == 2, "the root and its file")
                // Of a replica that is behind: it is asked, and what there is counts.
                told.mark = "another"
                try await expect("2.0.0", told)
                #expect(repository.mount.requests.total == 3)
            }
        }
    }
}
