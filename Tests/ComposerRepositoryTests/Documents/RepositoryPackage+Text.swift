import TestSupport

@testable import ComposerRepository
@testable import Facts

extension RepositoryPackage {
    /// From texts, as tests write them.
    init(_ main: String?, dev: String? = nil, policies: PolicySections = .cut) throws {
        try self.init(
            name: "acme/a",
            main: main.map { Array($0.utf8) },
            dev: dev.map { Array($0.utf8) },
            policies: policies
        )
    }

    subscript(counter: Counter) -> Int { self.counts.first { $0.name == counter }?.count ?? 0 }
}

extension RepositoryDocument {
    /// What was written; nil for anything else.
    var text: String? {
        guard case .rewritten(let bytes) = self.content else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
