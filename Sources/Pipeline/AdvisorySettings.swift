package import Advisories
package import Facts
package import Upstream

/// Whether what is known of vulnerable versions is published, how, and who says it.
package struct AdvisorySettings: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// What upstream's own documents say stays in them, where that can be passed on: no feeds.
        case upstream
        /// Documents say nothing of advisories.
        case off
        /// In a repository of advisories alone, beside that of packages.
        case separate
        /// In the documents of the packages.
        case inline
    }

    /// A feed, to be asked with whatever client a run has.
    package struct Feed: Sendable {
        package var name: SourceName
        package var connect: @Sendable (UpstreamClient) -> any AdvisoryFeed

        package init(name: SourceName, connect: @escaping @Sendable (UpstreamClient) -> any AdvisoryFeed) {
            self.name = name
            self.connect = connect
        }
    }

    package var mode = Mode.upstream
    /// In their order: of two that say the same, the first is published.
    package var feeds: [Feed] = []
    /// How often a feed is asked, at most; some want to be asked less often.
    package var period: Duration = .seconds(900)
    /// How often a feed is asked that has to be asked about each package by itself.
    package var namesPeriod: Duration = .seconds(12 * 3_600)
    /// How often all that a feed has is read, where it does not tell of what it withdraws.
    package var wholePeriod: Duration = .seconds(86_400)

    package init() {}

    /// Whether documents are derived from advisories.
    package var joins: Bool { self.mode == .separate || self.mode == .inline }

    /// Those that documents are derived from, in their order.
    package var joined: [SourceName] { self.joins ? self.feeds.map(\.name) : [] }

    /// Names all of it that documents are derived by; nil where they are derived as without any.
    var fingerprint: String? {
        self.mode == .upstream ? nil : "\(self.mode.rawValue) \(self.joined.map(\.rawValue).joined(separator: " "))"
    }
}
