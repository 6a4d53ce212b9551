import Facts
import Pipeline
import Upstream

extension Settings {
    mutating func readUpstream(from reader: inout SettingsReader) {
        let names = Self.sourceNames(&reader)
        let sources = UpstreamKinds.sources(configured: names, &reader)
        self.stages.sources = names.compactMap { name in sources.first { $0.name == name } }
        self.checkPatterns(&reader)
        Self.checkSections(of: names, &reader)
        if let text = reader.text("PACKLINE_ONLY") {
            // What sources of other names are to be cut down to, their sections say.
            let fixed = sources.filter { UpstreamKinds.names.contains($0.name) }
            do { self.stages.only = try CuratedSet(text, sources: fixed) } catch { reader.refuse("\(error)") }
        }
        for host in reader.list("PACKLINE_REDIRECT_HOSTS") ?? [] {
            if host.wholeMatch(of: /[A-Za-z0-9.-]+(:[0-9]{1,5})?/) != nil {
                self.redirectHosts.insert(host.lowercased())
            } else {
                reader.refuse("PACKLINE_REDIRECT_HOSTS names '\(host)'; it takes HOST or HOST:PORT")
            }
        }
        self.stages.publicURL = reader.url("PACKLINE_PUBLIC_URL")
        self.stages.repositoryURL = reader.url("PACKLINE_REPOSITORY_URL")
        self.stages.closedPolicyIsDefault = reader.text("PACKLINE_CLOSED_POLICY") == nil
        self.stages.publication.closedPolicy = reader.choice("PACKLINE_CLOSED_POLICY", default: .remove)
        self.stages.hasProviderTree = reader.choice("PACKLINE_PROVIDER_TREE", default: Truth.false) == .true
        self.isPrivate = reader.choice("PACKLINE_PRIVATE", default: Truth.false) == .true
        self.stages.archives = ArchiveSettings(
            of: self.stages.sources.map(\.name),
            self.stages.bucket,
            isPrivate: self.isPrivate,
            &reader
        )
        self.stages.advisories = AdvisorySettings(of: self.stages.sources, &reader)
        self.delivery = DeliverySettings(from: &reader, isPrivate: self.isPrivate)
        for name in reader.privateSources where !self.isPrivate {
            reader.refuse(
                "\(name) has authentication, and what is mirrored of it would be open to everybody: declare the repository "
                    + "private (PACKLINE_PRIVATE=true, or private: true in the file of PACKLINE_CONFIG) and keep the bucket "
                    + "and serve closed, or leave the source out"
            )
        }
    }

    /// The sources that are on, each once, in order of precedence.
    private static func sourceNames(_ reader: inout SettingsReader) -> [SourceName] {
        var wanted: [(name: SourceName, place: String)] = []
        if let list = reader.list("PACKLINE_SOURCES") {
            wanted = list.map { (SourceName($0), "PACKLINE_SOURCES") }
        } else if let sections = reader.file?.sources {
            wanted = sections.map { (SourceName($0.key), $0.value.place) }
        } else {
            return UpstreamKinds.namesByDefault
        }
        var names: [SourceName] = []
        for (name, place) in wanted {
            if names.contains(name) {
                reader.refuse("\(place) names '\(name)' twice")
            } else if UpstreamKinds.owns(name) {
                names.append(name)
            } else {
                let known = UpstreamKinds.forms
                let text = "\(place) names '\(name)', which is none of: \(known.joined(separator: ", "))"
                let meant = Spelling.nearest(name.rawValue, known)
                reader.refuse(text + (meant.map { "; did you mean '\($0)'?" } ?? ""))
            }
        }
        return names
    }

    /// Sources whose packages Packline names are kept apart by their names; of others the first one that has a name owns it.
    private func checkPatterns(_ reader: inout SettingsReader) {
        let named = self.stages.sources.filter { UpstreamKinds.names.contains($0.name) }
        for (index, source) in named.enumerated() {
            for before in named[..<index] where !Set(before.patterns).isDisjoint(with: source.patterns) {
                reader.refuse(
                    "\(before.name) and \(source.name) would both publish \(source.patterns.joined(separator: ", ")): "
                        + "give them different vendors, or leave one out of PACKLINE_SOURCES"
                )
            }
        }
    }

    /// Sections whose kind reads none, and those that nobody would read at all.
    private static func checkSections(of names: [SourceName], _ reader: inout SettingsReader) {
        for member in reader.file?.sources ?? [] {
            let name = SourceName(member.key)
            if !UpstreamKinds.owns(name) {
                // Where PACKLINE_SOURCES is not set, it was named above.
                guard reader.variable("PACKLINE_SOURCES") != nil else { continue }
                reader.refuse("\(member.value.place) is no source\(Spelling.remedy(member.key, UpstreamKinds.forms))")
            } else if names.contains(name), !reader.askedSections.contains(name),
                !ArchiveKeys.parted(member.value).rest.isEmpty
            {
                reader.refuse(
                    "\(member.value.place) has no settings of its own in this file, but those of archives: leave the others "
                        + "out, they are environment variables or keys at the top of the file"
                )
            }
        }
    }

    /// What `serve` needs beside what all stages do.
    func checkServing(_ reader: inout SettingsReader) {
        guard self.isPrivate, self.basicCredentials.isEmpty, self.bearerTokens.isEmpty else { return }
        reader.refuse(
            "the repository is private (PACKLINE_PRIVATE), and serve would show it to everybody: set PACKLINE_AUTH_BASIC or "
                + "PACKLINE_AUTH_BEARER, better in their _FILE forms"
        )
    }
}
