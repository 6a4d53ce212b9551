package import Facts

/// One upstream as configured: what its packages are called, what its answers mean, and what is published of them.
///
/// Pure: all that needs a connection is ``UpstreamAsker``'s. Nothing outside the folder of a kind knows which kinds there
/// are; the stages open `any UpstreamSource` in generic functions, so that a payload that was just read is derived without
/// being read again.
package protocol UpstreamSource: Sendable {
    associatedtype Payload: Sendable
    associatedtype Asker: UpstreamAsker where Asker.Payload == Payload

    /// As in the settings and the database.
    var name: SourceName { get }
    /// What stands before a package's key where several sources may have it: `short` in `short:key`.
    var shortName: String { get }
    /// What the names of all its packages match, as `packages.json` says it: `acme/*`; none where they can be any.
    var patterns: [String] { get }
    /// Names the rule by which packages are called: where it has changed, all are named anew.
    var naming: String { get }
    /// Names the serializer's version and every setting that shapes documents of its packages.
    var fingerprint: String { get }
    /// Whether the changes since ever are all that there is: they are read before there is a cursor.
    var changesTellAll: Bool { get }
    /// What positions are compared by, where they are numbers of a log that can be read from any of them on.
    var log: (any UpstreamLog)? { get }

    /// What Composer calls its packages, such as `library`.
    var packageType: String { get }
    /// Where upstream shows a package to people, and where its code is; nil where it does not.
    func page(of key: String) -> String?
    func repository(of key: String) -> String?

    /// Bytes above which no document of it is published.
    var documentBytes: Int { get }

    /// Whether upstream is asked about a package with what is stored of it.
    var wantsStoredPayloads: Bool { get }

    /// Whether one request is about many packages, whose answers are small then.
    var asksAboutMany: Bool { get }

    /// What of it is tracked; nil is what the repository's curated set says, else everything.
    var selection: KeySelection? { get }

    /// Whether all names are known that its packages can have, where upstream was found to offer this.
    func isFinite(offering offer: SourceOffer?) -> Bool

    /// The source as it is with no other beside it: what it then publishes besides, and its fingerprint with it, may
    /// depend on what upstream was found to offer.
    func asOnlySource(offering offer: SourceOffer?) -> Self

    /// The same source with what the files that its settings name hold now.
    ///
    /// - Parameter problems: What is wrong with them is added; what they held before counts then.
    func reread(_ problems: inout [String]) -> Self

    /// How many packages are taken in only because others of the source require them; nil where what packages require is
    /// not followed.
    var requirementLimit: Int? { get }

    /// Whether a name is left to later sources, though its vendor is the source's.
    func givesUp(_ name: String) -> Bool

    /// Names what ``givesUp(_:)`` says yes to.
    var exclusions: String { get }

    /// Whether a position is known to come before another.
    func precedes(_ a: Position, _ b: Position) -> Bool

    /// Whether upstream can be asked for the key.
    func isKey(_ key: String) -> Bool

    /// The Composer name of a package; nil for a key that can't be asked for, or can have no such name.
    func packageName(of key: String) -> String?

    func asker(_ client: UpstreamClient) -> Asker

    /// - Parameter leastListed: How many names a list must have to be believed in what it lacks; nil where none was compared
    ///   yet.
    func asker(_ client: UpstreamClient, leastListed: Int?) -> Asker

    /// The payload in the form in which it is stored: equal payloads have equal parts.
    func parts(of payload: Payload) -> [PayloadPart]

    /// Reads what ``parts(of:)`` made of a package.
    func payload(of parts: [PayloadPart], key: String) throws -> Payload

    /// What people look for packages by.
    func traits(of payload: Payload) -> PackageTraits

    /// What people are told of a package beside what its documents say, read from its stored payload; nil where the
    /// documents say it all, so that nobody loads the payload.
    var profile: (@Sendable (_ parts: [PayloadPart], _ key: String) throws -> PackageProfile)? { get }

    /// What an answer says of upstream's being up to date, and when to ask again.
    func look(at package: KnownPackage, _ answer: PackageAnswer<Payload>, nowMilliseconds: Int64) -> Look

    /// The facts that documents are derived from.
    ///
    /// - Parameter isBehind: Whether the answer does not show yet what changes have promised.
    func facts(of package: KnownPackage, _ payload: Payload, isBehind: Bool) -> LogFacts

    /// The documents of a package: equal input gives equal bytes.
    func derive(_ payload: Payload, of package: KnownPackage, facts: LogFacts) -> DerivedPackage

    /// Where archives of its packages are asked for.
    var archiveAccess: ArchiveAccess { get }

    /// The archives that the releases of a package could have, each with what has to be known to fetch and believe it.
    ///
    /// Which versions they are of is compared by their normal form, form, reference and checksum in the documents.
    ///
    /// - Parameters:
    ///   - derived: What ``derive(_:of:facts:)`` made of the same.
    ///   - name: Its Composer name.
    func archives(
        of derived: DerivedPackage,
        named name: String,
        of package: KnownPackage,
        facts: LogFacts
    ) throws -> [UpstreamArchive]

    /// Whether a file of its archives may say which version they are of; nil where none does.
    var isVersionFile: (@Sendable (_ name: String) -> Bool)? { get }

    /// The version that an archive says itself that it is of, which need not be the one that upstream lists it as; nil
    /// where it says none.
    ///
    /// - Parameter files: The beginnings of those that ``isVersionFile`` says yes to, each with its name in the archive.
    func headerVersion(in files: [(name: String, bytes: [UInt8])], of key: String) -> String?
}

extension UpstreamSource {
    package var log: (any UpstreamLog)? { nil }
    package var wantsStoredPayloads: Bool { false }
    package var asksAboutMany: Bool { false }
    package var documentBytes: Int { 4 << 20 }
    package var selection: KeySelection? { nil }
    package func reread(_ problems: inout [String]) -> Self { self }
    package var requirementLimit: Int? { nil }
    package var changesTellAll: Bool { false }
    package func isFinite(offering offer: SourceOffer?) -> Bool { !self.patterns.isEmpty }
    package func asker(_ client: UpstreamClient, leastListed: Int?) -> Asker { self.asker(client) }
    package func asOnlySource(offering offer: SourceOffer?) -> Self { self }
    package var exclusions: String { "" }
    package func givesUp(_ name: String) -> Bool { false }
    package var profile: (@Sendable (_ parts: [PayloadPart], _ key: String) throws -> PackageProfile)? { nil }
    package func page(of key: String) -> String? { nil }
    package func repository(of key: String) -> String? { nil }

    package var isVersionFile: (@Sendable (_ name: String) -> Bool)? { nil }
    package func headerVersion(in files: [(name: String, bytes: [UInt8])], of key: String) -> String? { nil }

    package func facts(of package: KnownPackage, _ payload: Payload, isBehind: Bool) -> LogFacts { package.facts }

    package func precedes(_ a: Position, _ b: Position) -> Bool {
        guard let log, let first = log.number(of: a), let second = log.number(of: b) else { return false }
        return first < second
    }

    /// The one after a position, where positions are numbers.
    package func position(after position: Position) -> Position? {
        guard let log, let number = log.number(of: position) else { return nil }
        return log.position(at: number < .max ? number + 1 : number)
    }

    /// The earlier of two positions; the second one where that is not known.
    package func earlier(_ a: Position, _ b: Position) -> Position { self.precedes(a, b) ? a : b }
}

/// Positions that are numbers, one after the other.
package protocol UpstreamLog: Sendable {
    /// - Returns: nil for what is no position of this log.
    func number(of position: Position) -> Int64?
    func position(at number: Int64) -> Position
}

/// Which packages of a source are tracked.
package struct KeySelection: Sendable {
    /// Names the selection: what is known of a listing holds for one of the same name.
    package var digest: String
    /// All keys of it, where they can be told.
    package var keys: Set<String>?
    package var contains: @Sendable (String) -> Bool

    package init(digest: String, keys: Set<String>?, contains: @escaping @Sendable (String) -> Bool) {
        self.digest = digest
        self.keys = keys
        self.contains = contains
    }
}

/// What people look for a package by.
package struct PackageTraits: Equatable, Sendable {
    package var title: String?
    package var lastUpdatedMilliseconds: Int64?
    package var version: String?

    package init(title: String? = nil, lastUpdatedMilliseconds: Int64? = nil, version: String? = nil) {
        self.title = title
        self.lastUpdatedMilliseconds = lastUpdatedMilliseconds
        self.version = version
    }
}
