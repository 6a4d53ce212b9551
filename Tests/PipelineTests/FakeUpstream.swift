import Composer
import Facts
import Pipeline
import Synchronization
import TestSupport
import Upstream

/// An upstream of a kind that is nowhere but here: its payloads have two parts, its positions are no numbers and have no
/// order, its listing comes in order, and what it said once is never asked about again.
final class FakeUpstream: Sendable {
    private struct State {
        var packages: [String: [String]] = [:]
        var log: [(position: Position, key: String)] = []
        var asked: [String] = []
        var saysUnchanged = false
    }

    private let state = Mutex(State())

    /// Keys that were asked about since the last look at this.
    func takeAsked() -> [String] {
        self.state.withLock { state in
            defer { state.asked = [] }
            return state.asked.sorted()
        }
    }

    /// Whether it says of everything that it has not changed, whatever it is asked.
    var saysUnchanged: Bool {
        get { self.state.withLock { $0.saysUnchanged } }
        set { self.state.withLock { $0.saysUnchanged = newValue } }
    }

    func publish(_ key: String, versions: [String]) {
        self.state.withLock { state in
            state.packages[key] = versions
            let position = Position(ContentHash(of: "\(state.log.count)".utf8).hexadecimal)
            state.log.append((position, key))
        }
    }

    fileprivate var position: Position { self.state.withLock { $0.log.last?.position } ?? Position("nothing") }
    fileprivate var count: Int64 { Int64(self.state.withLock { $0.log.count }) }
    fileprivate var keys: [String] { self.state.withLock { $0.packages.keys.sorted() } }

    fileprivate func changes(after position: Position?, _ limit: Int) -> (
        keys: [String], last: Position?, isAtEnd: Bool
    ) {
        self.state.withLock { state in
            let first = state.log.firstIndex { $0.position == position }.map { $0 + 1 } ?? 0
            let items = state.log[first...].prefix(limit)
            return (items.map(\.key), items.last?.position, items.endIndex == state.log.endIndex)
        }
    }

    fileprivate func ask(_ key: String) -> [String]? {
        self.state.withLock { state in
            state.asked.append(key)
            return state.packages[key]
        }
    }
}

struct FakeSource: UpstreamSource {
    struct Payload: Equatable, Sendable {
        var title: String
        var versions: [String]
    }

    /// What a kind can do wrong.
    enum Flaw: CaseIterable {
        case restlessPosition, stuckCursor, silentChanges, endlessChanges, forgetfulListing, repeatingListing
        case mute, inventive, anyKey, oneName, otherPattern, samePartNames, lossyParts, emptyPayload
        case otherPath, otherName, hiddenVersions, restlessBytes, pastLook
    }

    let upstream: FakeUpstream
    var vendor = "fake"
    var flaw: Flaw?

    var name: SourceName { SourceName("fake") }
    var shortName: String { "fake" }
    var packageType: String { "library" }
    var patterns: [String] { [self.flaw == .otherPattern ? "other/*" : "\(self.vendor)/*"] }
    var naming: String { self.vendor }
    var fingerprint: String { self.vendor }

    func isKey(_ key: String) -> Bool { !key.isEmpty || self.flaw == .anyKey }
    func packageName(of key: String) -> String? { "\(self.vendor)/\(self.flaw == .oneName ? "p3" : key)" }
    var archiveAccess: ArchiveAccess { ArchiveAccess(url: "https://fake.example") }
    func asker(_ client: UpstreamClient) -> FakeAsker { FakeAsker(upstream: self.upstream, flaw: self.flaw) }

    func parts(of payload: Payload) -> [PayloadPart] {
        [
            PayloadPart(name: "title", bytes: Array(payload.title.utf8)),
            PayloadPart(
                name: self.flaw == .samePartNames ? "title" : "versions",
                bytes: Array(payload.versions.joined(separator: ",").utf8)
            ),
        ]
    }

    func payload(of parts: [PayloadPart], key: String) throws -> Payload {
        let texts = parts.map { String(decoding: $0.bytes, as: UTF8.self) }
        if texts.count < 2, self.flaw == .emptyPayload { return Payload(title: "", versions: []) }
        guard texts.count == 2 else { throw InvalidSettings(problems: ["a payload has two parts"]) }
        if self.flaw == .lossyParts { return Payload(title: "", versions: []) }
        return Payload(title: texts[0], versions: texts[1].split(separator: ",").map(String.init))
    }

    func traits(of payload: Payload) -> PackageTraits { PackageTraits(title: payload.title) }

    func look(at package: KnownPackage, _ answer: PackageAnswer<Payload>, nowMilliseconds: Int64) -> Look {
        Look(nextMilliseconds: self.flaw == .pastLook ? 0 : nil)
    }

    func derive(_ payload: Payload, of package: KnownPackage, facts: LogFacts) -> DerivedPackage {
        let name = "\(self.vendor)/\(package.key)"
        let named = self.flaw == .otherName ? "fake/other" : name
        let versions = payload.versions.map { #"{"name":"\#(name)","version":"\#($0)"}"# }.joined(separator: ",")
        let mark = self.flaw == .restlessBytes ? "\(Int.random(in: 0 ... .max))" : "0"
        let text = #"{"packages":{"\#(named)":[\#(versions)]},"mark":\#(mark)}"#
        let document = DerivedDocument(
            path: self.flaw == .otherPath ? "p2/other.json" : "p2/\(name).json",
            bytes: Array(text.utf8),
            hasVersions: !versions.isEmpty && self.flaw != .hiddenVersions
        )
        return DerivedPackage(documents: [document], latestVersion: payload.versions.first)
    }
}

struct FakeAsker: UpstreamAsker {
    let upstream: FakeUpstream
    var flaw: FakeSource.Flaw?

    var outage: UpstreamError? { nil }
    func position(since cursor: Position?) async throws -> Position {
        self.flaw == .restlessPosition ? Position("\(Int.random(in: 0 ... .max))") : self.upstream.position
    }

    func changes(_ wanted: StretchRequest) async throws -> ChangeStretch {
        let (keys, last, isAtEnd) = self.upstream.changes(after: wanted.after, wanted.maxItems)
        return ChangeStretch(
            packages: self.flaw == .silentChanges
                ? []
                : Set(keys).sorted().map {
                    PackageRecord(key: $0, revision: self.upstream.count, dateMilliseconds: nil)
                },
            reached: self.flaw == .stuckCursor ? wanted.after : last ?? wanted.after,
            isAtEnd: isAtEnd && self.flaw != .endlessChanges,
            items: keys.count
        )
    }

    func listing(unlessStill etag: String?, onKey: (String) throws -> Void) async throws -> ListingAnswer {
        for key in self.upstream.keys where key != "p3" || self.flaw != .forgetfulListing {
            try onKey(key)
            if self.flaw == .repeatingListing { try onKey(key) }
        }
        return .complete(position: nil, etag: nil)
    }

    func ask(
        about packages: [KnownPackage],
        suspects: [KnownPackage]
    ) async throws -> [String: Result<PackageAnswer<FakeSource.Payload>, UpstreamError>] {
        var results: [String: Result<PackageAnswer<FakeSource.Payload>, UpstreamError>] = [:]
        for package in packages + suspects {
            let versions = self.upstream.ask(package.key) ?? (self.flaw == .inventive ? ["1.0"] : nil)
            if self.flaw == .mute, package.key == "p3" { continue }
            if self.upstream.saysUnchanged {
                results[package.key] = .success(.unchanged)
                continue
            }
            results[package.key] = .success(
                versions.map { .active(.init(title: package.key, versions: $0), PackageFacts()) } ?? .notFound
            )
        }
        return results
    }
}
