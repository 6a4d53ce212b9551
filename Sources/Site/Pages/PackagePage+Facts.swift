import Composer
import Facts
import Store

extension PackagePage {
    /// In a word, and where it is not simply there, in words.
    var condition: HTML {
        var parts = [HTML.badge(self.summary.state.tone, self.summary.state.rawValue)]
        if self.details.isAbandoned, self.summary.state == .active { parts.append(HTML.badge(.warning, "abandoned")) }
        if self.package.changedRevision > self.package.settledRevision {
            parts.append(HTML.badge(.busy, "upstream's answer does not yet show its last commit"))
        }
        let error: HTML? = self.package.lastError.map { error in
            """
            <p class="error"><bdi>\(error)</bdi> <span class="muted">\(Format.count(self.summary.attempts, "failed try", "failed tries")); \
            next try \(HTML.due(self.package.nextLookAtMilliseconds, now: self.now))</span></p>
            """
        }
        return """
            <p class="condition">\(parts.joined(" "))</p>
            \(self.sentence.map { "<p class=\"measure\">\($0)</p>" as HTML })\(error)
            """
    }

    /// What it means that it is not simply there.
    private var sentence: HTML? {
        switch self.summary.state {
        case .active:
            guard self.details.isAbandoned else { return nil }
            return self.details.replacement.map {
                "Its authors have given it up, and name <bdi>\($0)</bdi> in its place."
            }
                ?? "Its authors have given it up."
        case .new: return "It is known by name only: <code>update</code> has not asked about it yet."
        case .missing: return "Upstream does not have it: it never was a package there, or is one no longer."
        case .closed: return self.closing
        }
    }

    private var closing: HTML {
        let closure = self.package.closure
        let date = closure?.date.map { " on \($0)" } ?? ""
        let reason =
            closure?.reason.map { "the reason: \($0.replacing("-", with: " "))" } ?? "it does not say why"
        let lasting = closure?.isPermanent == true ? ", for good" : ""
        let outcome =
            switch self.closedPolicy {
            case .tombstone where self.isPublished, .remove where self.isPublished:
                "What is published of it goes with the next sync."
            case .tombstone: "Composer says so to who requires it, and offers no version."
            case .remove: "Nothing is published under its name."
            case .abandon: "Its versions stay published, and Composer warns that it is abandoned."
            case .keep: "Its versions stay published as they were."
            }
        return "Upstream has closed it<bdi>\(date)\(lasting); \(reason)</bdi>. \(outcome)"
    }

    /// What is known of it: figures first, then what takes more room.
    var facts: HTML {
        let figures = self.figures.map { name, value in "<div><dt>\(name)</dt><dd>\(value)</dd></div>" as HTML }
        let lines = self.lines.map { name, value in "<div><dt>\(name)</dt><dd>\(value)</dd></div>" as HTML }
        return """
            <dl class="facts">\(figures)</dl>
            <dl class="lines">\(lines)</dl>
            """
    }

    private var figures: [(HTML, HTML)] {
        let latest = self.released.versions.first ?? self.unreleased.versions.first
        let archive = latest.flatMap { Self.archive(of: $0, Self.byKey(self.package.archives)) }
        let first = (self.released.versions + self.unreleased.versions).compactMap(\.time).min()
        let revision: HTML? =
            self.package.changedRevision > 0 ? "<span class=\"muted\">r\(self.package.changedRevision)</span>" : nil
        let figures: [(HTML, HTML?)] = [
            ("Latest version", self.summary.latestVersion.map { "<bdi>\($0)</bdi>" }),
            ("Released", latest?.time.map { Self.day($0) }),
            ("First known release", first.flatMap { $0 == latest?.time ? nil : Self.day($0) }),
            ("Active installs", self.summary.activeInstalls.map { "\(PackageTable.installs($0))" }),
            ("Installed from here", self.summary.downloads > 0 ? "\(Format.number(self.summary.downloads))" : nil),
            ("PHP", latest?.php.map { "<bdi>\($0)</bdi>" }),
            ("Archive", archive?.stored.map { "\(Format.bytes($0.bytes))" }),
            ("Updated upstream", self.summary.lastUpdatedMilliseconds.map { HTML.date($0) }),
            (
                "Last change upstream",
                self.package.changedAtMilliseconds.map { "\(HTML.time($0, now: self.now)) \(revision)" }
            ),
            (
                "Advisories",
                self.advisories.isEmpty
                    ? nil : "<a href=\"#advisories\">\(Format.number(self.advisories.count))</a>"
            ),
        ]
        return figures.compactMap { name, value in value.map { (name, $0) } }
    }

    private var lines: [(HTML, HTML)] {
        let authors = self.details.authors.prefix(10).map { author -> HTML in
            Self.link(author.homepage, author.name ?? "")
        }
        var lines: [(HTML, HTML?)] = [
            ("Author", authors.isEmpty ? nil : authors.joined(", ")),
            (
                "Licence",
                self.details.license.isEmpty ? nil : "<bdi>\(self.details.license.joined(separator: ", "))</bdi>"
            ),
            ("Type", self.details.type.map { "<code><bdi>\($0)</bdi></code>" }),
        ]
        lines += self.profile.traits.map { trait in ("\(trait.name)", "<bdi>\(trait.value)</bdi>") }
        lines += [
            ("Homepage", self.details.homepage.map { Self.link($0, $0) }),
            ("Upstream", self.upstream.map { Self.link($0, $0) }),
            ("Changelog", self.profile.changelog.map { Self.link($0, $0) }),
            ("Code", self.details.source.map { Self.link($0, $0) }),
        ]
        let support = self.details.support.filter { $0.name != "source" }.prefix(8).map { name, address in
            Self.link(address, name)
        }
        lines += [
            ("Support", support.isEmpty ? nil : support.joined(", ")),
            (
                "Here",
                """
                from <bdi>\(self.summary.source)</bdi>\
                \(self.summary.name.map { ", <a href=\"\(SitePath.owner($0))\">who owns the name</a>, <a href=\"\(SitePath.feed(of: $0))\">Atom feed</a>" as HTML })
                """
            ),
        ]
        return lines.compactMap { name, value in value.map { (name, $0) } }
    }

    /// Only an address of the web becomes a link.
    static func link(_ address: String?, _ text: String) -> HTML {
        let text = String(text.prefix(300))
        guard let address, address.hasPrefix("https://") || address.hasPrefix("http://"), address.utf8.count <= 2_000
        else { return "<bdi>\(text)</bdi>" }
        return "<a href=\"\(address)\" rel=\"noopener\"><bdi>\(text)</bdi></a>"
    }
}
