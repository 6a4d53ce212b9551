import Composer
package import Upstream

extension RepositoryAsker {
    /// nil before the root was read in this process.
    package var offer: SourceOffer? {
        self.source.memory.root.map { root in
            SourceOffer(
                words: root.offerInWords,
                isFinite: root.isFinite,
                // Who reads from us has no credentials for them.
                policies: self.source.settings.authentication == nil ? root.policies : nil
            )
        }
    }
}

extension RepositoryRoot {
    /// What can be said in a root of ours of the advisories in its documents.
    ///
    /// Only beside a feed, which tells of each advisory that comes or goes as of a change of its package; and only where it
    /// has an API: what documents say may be partial.
    var policies: RootPolicies? {
        guard self.offer == .feed, let advisories = self.securityAdvisories, advisories.inDocuments,
            let url = advisories.apiURL
        else { return nil }
        return RootPolicies(advisoriesURL: url)
    }
}
