import TestSupport

@testable import WordPress

extension TestUpstream.Connection {
    var repository: SubversionRepository { SubversionRepository(client: self.client, url: self.url + "/svn/") }
}
