import Command
import Composer
import Facts
import Foundation
import Pipeline
import Store
import TestSupport
import Testing

/// A repository with one package whose archives are kept.
protocol KeptRepository {}

extension KeptRepository {
    var main: String { "p2/acme/kit.json" }

    func dist(_ version: String, _ reference: String) -> String {
        #""dist":{"type":"zip","url":"https://acme.example/\#(version)-\#(reference).zip","reference":"\#(reference)"}"#
    }

    func text(_ versions: [(String, String)], isDev: Bool = false) -> String {
        let list = versions.map { version, reference in
            let normalized = isDev ? version : "\(version).0"
            return """
                {"name":"acme/kit","version":"\(version)","version_normalized":"\(normalized)",\(self.dist(version, reference))}
                """
        }
        return #"{"packages":{"acme/kit":[\#(list.joined(separator: ", "))]}}"#
    }

    func with(
        _ database: TestDatabase,
        _ change: (inout ArchivePolicy) -> Void = { _ in },
        _ body: (Pipeline, WrittenRepository) async throws -> Void
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try repository.write(
                "packages.json",
                #"{"metadata-url":"/acme/p2/%package%.json","available-packages":["acme/kit"]}"#
            )
            try repository.write("p2/acme/kit~dev.json", self.text([("dev-main", "d")], isDev: true))
            var pipeline = pipeline
            pipeline.keepArchives(change)
            try await body(pipeline, repository)
        }
    }

    func lookAgain(_ pipeline: Pipeline) async throws {
        try await pipeline.makeEverythingDue()
        try await pipeline.round()
    }
}
