import Composer
import Facts
import Store
import Upstream

extension Publication {
    /// What documents of a closed package say of its closure, beside that it is closed.
    func key(of closure: Closure) -> String {
        guard self.closedPolicy == .tombstone else { return "" }
        return "\(closure.date ?? "")\n\(closure.reason ?? "")\n\(closure.isPermanent)\n"
    }
}

extension AnswerReader {
    /// Documents of a closed package where none of its versions stays.
    ///
    /// They need nothing that is stored of it: what was closed before anybody looked says so too, and a database that was
    /// filled anew says what the one before said.
    func bury(_ claim: ClaimedPackage, closure: Closure, in result: inout PackageResult) throws {
        self.withdraw(claim, closure: closure, in: &result)
        guard self.publication.closedPolicy == .tombstone, let name = claim.name else { return }
        let bytes = Tombstone(
            name: name,
            date: closure.date,
            reason: closure.reason,
            isPermanent: closure.isPermanent,
            page: self.source.page(of: claim.key),
            source: self.source.name.rawValue,
            id: "\(self.source.name)/\(claim.key)"
        ).document
        let derived = DerivedPackage(
            documents: [DocumentName.main(of: name), .dev(of: name)].map {
                DerivedDocument(path: $0.path, bytes: bytes, hasVersions: false)
            },
            latestVersion: nil
        )
        let documents = try self.publication.documents(
            of: derived,
            closure: closure,
            advisories: self.advisories(claim, name),
            limit: self.source.documentBytes
        ).documents
        result.documents = documents.map { ($0.path, Blob(of: $0.bytes)) }
        result.filters = [FilterEntry(list: Tombstone.list, constraint: Tombstone.constraint)]
        result.emptyDocuments = documents.map(\.path)
        self.counters.add(.packagesDerived)
    }
}
