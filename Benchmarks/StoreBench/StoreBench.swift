import ArgumentParser
import Foundation
import Logging
import Store

/// Measures what the stages ask of the database, at any size of it; `Benchmarks/bench.py` runs it.
@main
struct StoreBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store-bench",
        abstract: "Measure what the stages ask of the database.",
        subcommands: [Fill.self, Questions.self, Claims.self]
    )
}

struct DatabaseOption: ParsableArguments {
    @Option(help: "The database, which should be one of its own: sqlite:PATH or postgres://USER@HOST/DATABASE.")
    var database: String

    func open() async throws -> Store {
        try await Store.open(url: self.database, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    }
}

extension StoreBench {
    struct Fill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Fill an empty database with packages that are settled and documents that are live."
        )

        @OptionGroup var target: DatabaseOption
        @Option(help: "How many packages; each has two documents.")
        var packages: Int64

        func run() async throws {
            try await self.target.open().fillForBenchmark(packages: self.packages)
        }
    }

    struct Questions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Time each question of a run with nothing and with 100 rows to be found; prints JSON."
        )

        @OptionGroup var target: DatabaseOption
        @Flag(help: "Print how the database goes about each question instead.")
        var plans = false

        func run() async throws {
            let store = try await self.target.open()
            if self.plans {
                let explaining = ExplainingEngine(store.engine)
                _ = try await Store(engine: explaining).timeQuestions(rows: 0, repetitions: 1)
                print(explaining.plans.joined(separator: "\n\n"))
                return
            }
            var times: [String: [String: Double]] = [:]
            for rows in [Int64(0), 100] {
                try await store.makeWorkForBenchmark(rows: rows)
                // The quicker they are, the more of them: none is to fall into the wake of what was just written.
                let repetitions = rows == 0 ? 1_001 : 101
                times["\(rows)"] = try await store.timeQuestions(rows: rows, repetitions: repetitions)
            }
            try await store.makeWorkForBenchmark(rows: 0)
            print(String(decoding: try JSONEncoder().encode(times), as: UTF8.self))
        }
    }

    struct Claims: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let several workers claim and settle every package, in batches of 100; prints JSON."
        )

        @OptionGroup var target: DatabaseOption
        @Option(help: "Workers, each with connections of its own.")
        var workers = 8

        func run() async throws {
            var stores: [Store] = []
            for _ in 0..<self.workers { stores.append(try await self.target.open()) }
            try await stores[0].makeWorkForBenchmark(rows: 0)
            _ = try await stores[0].makeDue(ids: nil)
            let start = ContinuousClock.now
            let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for store in stores { group.addTask { try await store.claimEverything() } }
                return try await group.reduce(into: [Int64]()) { $0 += $1 }
            }
            let seconds = start.duration(to: .now) / .seconds(1)
            guard Set(claimed).count == claimed.count else { throw ValidationError("a package was claimed twice") }
            print(#"{"claimed": \#(claimed.count), "seconds": \#(seconds)}"#)
        }
    }
}
