package import Upstream

extension RepositorySource {
    /// Its host may keep the archives too, behind the same credentials (GitLab, Private Packagist).
    package var archiveAccess: ArchiveAccess {
        let credentials = self.settings.authentication.map { authentication in
            let header = authentication.header
            return HostCredential(origin: self.url.origin, name: header.name, value: header.value)
        }
        return ArchiveAccess(url: self.url.root, credentials: credentials.map { [$0] } ?? [])
    }
}
