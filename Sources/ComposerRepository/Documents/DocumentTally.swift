import Facts

/// Counts what was left out and rewritten.
struct DocumentTally {
    private var counted: [Counter: Int] = [:]

    var counts: [(name: Counter, count: Int)] {
        self.counted.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Counts what is wrong with the versions of a document, and what is added to them.
    mutating func add(_ document: JudgedDocument) {
        for version in document.versions {
            if let fault = version.fault {
                self.add(.versionsLeftOut)
                self.add(fault.counter)
            } else {
                if version.addsNormalized { self.add(.versionsNormalized) }
                if version.addsName { self.add(.versionsNamed) }
            }
        }
        self.add(.noticesTakenOut, document.scan.cutNotices)
        self.add(.policiesTakenOut, document.scan.cutPolicies)
        self.add(.otherPackages, document.scan.otherPackages)
        if document.scan.found == nil { self.add(.documentsWithoutPackage) }
    }

    mutating func addRewritten() { self.add(.documentsRewritten) }

    mutating func addMoved() { self.add(.branchesMoved) }

    mutating func addRepeated() { self.add(.versionsRepeated) }

    private mutating func add(_ counter: Counter, _ count: Int = 1) { self.counted[counter, default: 0] += count }
}

extension VersionFault {
    fileprivate var counter: Counter {
        switch self {
        case .noObject: .versionsNoObject
        case .wrongName: .versionsWrongName
        case .refusedName: .versionsRefusedName
        case .noVersion: .versionsUnparsable
        case .badSource: .versionsBadSource
        case .badDist: .versionsBadDist
        case .badBinaries: .versionsBadBinaries
        case .badLinks: .versionsBadLinks
        case .unsafe: .versionsUnsafe
        }
    }
}

extension Counter {
    /// All of those that were left out, whatever the reason.
    fileprivate static let versionsLeftOut = Counter(rawValue: "versions_left_out")
    fileprivate static let versionsNoObject = Counter(rawValue: "versions_no_object")
    fileprivate static let versionsWrongName = Counter(rawValue: "versions_wrong_name")
    fileprivate static let versionsRefusedName = Counter(rawValue: "versions_refused_name")
    fileprivate static let versionsUnparsable = Counter(rawValue: "versions_unparsable")
    fileprivate static let versionsBadSource = Counter(rawValue: "versions_bad_source")
    fileprivate static let versionsBadDist = Counter(rawValue: "versions_bad_dist")
    fileprivate static let versionsBadBinaries = Counter(rawValue: "versions_bad_bin")
    /// Constraints that don't parse.
    fileprivate static let versionsBadLinks = Counter(rawValue: "versions_bad_links")
    fileprivate static let versionsUnsafe = Counter(rawValue: "versions_unsafe")
    /// Several of one `uid`, or branches that both documents have.
    fileprivate static let versionsRepeated = Counter(rawValue: "versions_repeated")
    /// They got a `version_normalized`.
    fileprivate static let versionsNormalized = Counter(rawValue: "versions_normalized")
    /// They got a `name`.
    fileprivate static let versionsNamed = Counter(rawValue: "versions_named")
    fileprivate static let branchesMoved = Counter(rawValue: "branches_moved")
    fileprivate static let noticesTakenOut = Counter(rawValue: "notices_taken_out")
    fileprivate static let policiesTakenOut = Counter(rawValue: "policies_taken_out")
    fileprivate static let otherPackages = Counter(rawValue: "packages_of_other_names")
    fileprivate static let documentsWithoutPackage = Counter(rawValue: "documents_without_package")
    fileprivate static let documentsRewritten = Counter(rawValue: "documents_rewritten")
}
