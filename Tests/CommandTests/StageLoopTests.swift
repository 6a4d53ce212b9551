import ArgumentParser
import Foundation
import Logging
import Pipeline
import ServiceLifecycle
import Store
import Synchronization
import Testing

@testable import Command

/// What `packline run` does with the stages, over works that say what happened.
@Suite struct StageLoopTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "stage-loop-\(UUID().uuidString)")

    private func runner(_ stage: Stage) throws -> StageRunner {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        return StageRunner(
            stage: stage,
            settings: try Settings(environment: ["PACKLINE_DATABASE_URL": "sqlite:\(self.folder.path)/test.sqlite"]),
            options: StageOptions(),
            every: nil,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    @Test func `a stage that fails keeps none of the others from its work, and decides the exit code`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let order = Mutex<[Stage]>([])
        let steps: [StageLoop.Step] = try [
            (Stage.discover, StageExit.refused), (.update, .failed), (.sync, .partial),
        ].map { stage, exit in
            (
                try self.runner(stage),
                { _ in
                    order.withLock { $0.append(stage) }
                    if exit == .failed { throw InvalidStep() }
                    return StageOutcome(exit: exit)
                }
            )
        }
        #expect(await StageLoop(steps, every: nil).untilDone() == .failed)
        #expect(order.withLock { $0 } == [.discover, .update, .sync])
    }

    @Test func `after SIGTERM no further stage begins`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let stop = Mutex<(@Sendable () async -> Void)?>(nil)
        let stopping: StageRunner.Work = { _ in
            await stop.withLock { $0 }?()
            return StageOutcome()
        }
        let loop = StageLoop(
            [(try self.runner(.discover), stopping), (try self.runner(.update), Self.unwanted)],
            every: .milliseconds(1)
        )
        let group = ServiceGroup(services: [loop], logger: Logger(label: "test"))
        stop.withLock { $0 = { await group.triggerGracefulShutdown() } }
        try? await group.run()
        #expect(loop.exit == StageExit.terminated)
    }

    @Test func `what was misspelt is no run, and begins no other stage`() async throws {
        defer { try? FileManager.default.removeItem(at: self.folder) }
        let refused: StageRunner.Work = { _ in throw InvalidSettings(problems: ["--package 'nosuch' is not there"]) }
        let loop = StageLoop(
            [(try self.runner(.discover), refused), (try self.runner(.update), Self.unwanted)],
            every: .milliseconds(1)
        )
        #expect(await loop.untilDone() == .badSetting)
        let store = try await Store.openForReading(url: "sqlite:\(self.folder.path)/test.sqlite")
        #expect(try await store.runs(limit: 10).isEmpty)
    }

    @Test func `without a database no other stage says the same`() async throws {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: self.folder) }
        try Data("a file".utf8).write(to: self.folder.appending(path: "test.sqlite"))
        let loop = StageLoop(
            [(try self.runner(.discover), Self.unwanted), (try self.runner(.update), Self.unwanted)],
            every: nil
        )
        #expect(await loop.untilDone() == .failed)
        let round = await loop.round()
        #expect(round.exit == .failed && round.mayGoOn)
    }

    private static let unwanted: StageRunner.Work = { _ in
        Issue.record("it began")
        return StageOutcome()
    }

    @Test func `the worst of several exits is told`() {
        let exits: [StageExit] = [
            .done, .partial, .leaseHeld, .refused, .badSetting, .failed, .interrupted, .terminated,
        ]
        #expect(exits.shuffled().sorted() == exits)
    }

    @Test(arguments: [
        ["run", "--rate", "-1"], ["discover", "--only"], ["sync", "--rate", "1"], ["verify", "--limit", "1"],
    ])
    func `P14: packline refuses bad flags of its verbs`(_ arguments: [String]) {
        let error = #expect(throws: (any Error).self) { try PacklineCommand.parseAsRoot(arguments) }
        #expect(error.map { PacklineCommand.exitCode(for: $0) } == .validationFailure)
    }

    @Test(arguments: [
        [], ["run"], ["discover", "--reconcile"], ["update", "--rate", "0"], ["sync"], ["sync", "verify", "--deep"],
        ["verify", "--deep"], ["serve", "--port", "0"], ["status", "--json"],
        ["run", "--every", "15m", "--bucket", "none"],
    ])
    func `packline has the stages and what looks after them as verbs`(_ arguments: [String]) throws {
        _ = try PacklineCommand.parseAsRoot(arguments)
    }
}

private struct InvalidStep: Error {}
