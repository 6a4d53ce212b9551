import Archives
import Composer
import Facts
import ObjectStorage
import Pipeline
import Upstream

extension ArchiveSettings {
    /// Whether archives of a source are kept, and when they are fetched.
    private enum Mode: String, CaseIterable { case off, lazy, eager }

    /// Reads ``ArchiveKeys`` of these sources, and tells `reader` what is wrong with them.
    ///
    /// - Parameter isPrivate: Whether the repository is not open to everybody.
    init(of sources: [SourceName], _ bucket: BucketURL, isPrivate: Bool, _ reader: inout SettingsReader) {
        self.init()
        self.temporaryFolder = reader.text("PACKLINE_TEMP_DIR")
        self.temporaryBytes = reader.integer("PACKLINE_TEMP_MB", default: 2_048, in: 8...1_000_000) << 20
        // What is no URL was refused by the reader.
        let enterprise = reader.url("PACKLINE_GITHUB_API_URL").flatMap { try? GitHub(api: $0) }
        if let enterprise { self.gitHubs.append(enterprise) }
        var hasTokenOfEnterprise = false
        if let token = reader.headerText("PACKLINE_GITHUB_TOKEN") {
            self.credentials.append(.gitHub(enterprise ?? .com, token: token))
            hasTokenOfEnterprise = enterprise != nil
        }
        if let path = reader.text("PACKLINE_ARCHIVES_AUTH") {
            let auth = ComposerAuth(path: path, place: "PACKLINE_ARCHIVES_AUTH")
            auth.problems.forEach { reader.refuse($0) }
            self.credentials += auth.credentials
        }
        self.budgetBytes = reader.integer("PACKLINE_ARCHIVES_BUDGET_MB", in: 1...1_000_000_000).map { Int64($0) << 20 }
        let isPlaceNamed = reader.text("PACKLINE_ARCHIVES_URL") != nil
        let url = reader.url("PACKLINE_ARCHIVES_URL")
        let common = ArchiveKeys.members(&reader)
        var isFollowed = false
        for source in sources {
            let own = reader.wholeSection(of: source).map { ArchiveKeys.parted($0).archives } ?? []
            let rest = common.filter { member in !own.contains { $0.key == member.key } }
            var section = SettingsSection(SettingValue(.section(own + rest), at: source.rawValue))
            let (mode, policy) = Self.policy(&section, url: url ?? "")
            for key in ArchiveKeys.common {
                guard let value = section.value(key) else { continue }
                section.refuse("\(value.place) is the same for all sources: set it at the top of the file, as '\(key)'")
            }
            section.finish()
            section.problems.forEach { reader.refuse($0) }
            switch mode {
            case .off: Self.refuse(own, &reader)
            case .lazy:
                self.lazy[source] = policy
                Self.refuseHolding(own, &reader)
            case .eager: self.policies[source] = policy
            }
            isFollowed = isFollowed || mode != .off
        }
        if !isFollowed { Self.refuse(common, &reader) }
        if isFollowed, !isPrivate { Self.refuseCredentials(hasTokenOfEnterprise, &reader) }
        if isFollowed, self.policies.isEmpty { Self.refuseHolding(common, &reader) }
        Self.check(sources.filter { self.policies[$0] != nil || self.lazy[$0] != nil }, bucket, &reader)
        if !isPlaceNamed { Self.refusePlaceless(sources.filter { self.policies[$0] != nil }, &reader) }
        Self.checkServed(sources.filter { self.lazy[$0] != nil }, &reader)
    }

    private static func policy(_ section: inout SettingsSection, url: String) -> (mode: Mode, policy: ArchivePolicy) {
        let known = Mode.allCases.map(\.rawValue).joined(separator: ", ")
        let mode = section.parsed("archives", "one of: \(known)", Mode.init(rawValue:))
        var policy = ArchivePolicy(url: url)
        policy.latest = section.integer("archives-latest", in: 1...10_000)
        policy.isStableOnly = section.flag("archives-stable") ?? false
        policy.only = Self.names("archives-only", &section)
        policy.exclude = Self.names("archives-exclude", &section) ?? []
        policy.maxBytes = section.integer("archives-max-mb", in: 1...100_000).map { Int64($0) << 20 }
        let choices = ArchivePolicy.UntilArchived.allCases.map(\.rawValue).joined(separator: ", ")
        policy.untilArchived =
            section.parsed("until-archived", "one of: \(choices)", ArchivePolicy.UntilArchived.init(rawValue:))
            ?? .upstream
        let remedies = ArchivePolicy.Missing.allCases.map(\.rawValue).joined(separator: ", ")
        policy.missing =
            section.parsed("archives-missing", "one of: \(remedies)", ArchivePolicy.Missing.init(rawValue:))
            ?? .leaveOut
        // One that can't be read was meant to be another than the default.
        return (mode ?? (section.value("archives") != nil ? .eager : .off), policy)
    }

    private static func names(_ key: String, _ section: inout SettingsSection) -> [String]? {
        guard let entries = section.list(key, of: "names and patterns") else { return nil }
        return entries.compactMap { entry, place in
            let text = entry.lowercased()
            if PackageName.isValid(text) || NamePattern.isValid(text) { return text }
            section.refuse("\(place) has '\(entry)'; it takes names (acme/site-kit) and patterns (acme/*)")
            return nil
        }
    }

    /// What says which archives are kept, and none are.
    private static func refuse(_ members: [SettingMember], _ reader: inout SettingsReader) {
        for member in members where ArchiveKeys.variables.dropFirst().contains(where: { $0.key == member.key }) {
            reader.refuse(
                "\(member.value.place) is about archives that are kept, and none are: set 'archives: eager' "
                    + "or 'archives: lazy' (PACKLINE_ARCHIVES), or leave it out"
            )
        }
    }

    /// What says what is published before an archive is there, where that changes nothing.
    private static func refuseHolding(_ members: [SettingMember], _ reader: inout SettingsReader) {
        for member in members where ["until-archived", "archives-missing"].contains(member.key) {
            reader.refuse(
                "\(member.value.place) is about documents that name archives of ours, and with 'archives: lazy' they stay as "
                    + "they are: leave it out"
            )
        }
    }

    /// What opens archives that not everybody can fetch, where everybody would get them: whoever writes a repository's
    /// documents says what is fetched.
    private static func refuseCredentials(_ hasTokenOfEnterprise: Bool, _ reader: inout SettingsReader) {
        let names = [
            reader.text("PACKLINE_ARCHIVES_AUTH").map { _ in "PACKLINE_ARCHIVES_AUTH" },
            hasTokenOfEnterprise ? "PACKLINE_GITHUB_TOKEN beside PACKLINE_GITHUB_API_URL" : nil,
        ]
        for name in names.compactMap(\.self) {
            reader.refuse(
                "\(name) has credentials for archives, and what is fetched with them would be open to everybody: declare the "
                    + "repository private (PACKLINE_PRIVATE=true, or private: true in the file of PACKLINE_CONFIG) and keep "
                    + "the bucket and serve closed, or leave it out"
            )
        }
    }

    private static func refusePlaceless(_ eager: [SourceName], _ reader: inout SettingsReader) {
        if eager.isEmpty { return }
        reader.refuse(
            "PACKLINE_ARCHIVES_URL is not set, and archives of \(Self.names(eager)) are to be kept: set it to the absolute URL "
                + "under which everybody reaches the bucket, such as https://packages.example.org. Lock files keep it for ever"
        )
    }

    private static func check(_ kept: [SourceName], _ bucket: BucketURL, _ reader: inout SettingsReader) {
        guard case .nowhere = bucket, !kept.isEmpty else { return }
        reader.refuse(
            "PACKLINE_BUCKET_URL is 'none', and archives of \(Self.names(kept)) are to be kept, which takes a bucket: name one, "
                + "or set 'archives: off'"
        )
    }

    /// What is fetched when it is asked for is asked of `serve`.
    private static func checkServed(_ lazy: [SourceName], _ reader: inout SettingsReader) {
        guard !lazy.isEmpty, reader.text("PACKLINE_PUBLIC_URL") == nil else { return }
        reader.refuse(
            "PACKLINE_PUBLIC_URL is not set, and archives of \(Self.names(lazy)) are to be fetched when they are asked for "
                + "('archives: lazy'), which Composer asks serve: set it to the absolute URL under which serve is reached"
        )
    }

    private static func names(_ sources: [SourceName]) -> String { sources.map(\.rawValue).joined(separator: ", ") }
}
