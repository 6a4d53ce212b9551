import Testing

@testable import Site

/// Documents of upstreams are shown as far as they are understood.
@Suite struct PublishedVersionTests {
    private func versions(_ json: String) -> [PublishedVersions.Version] {
        PublishedVersions(document: Array(json.utf8), package: "acme/lib").versions
    }

    @Test func `a minified version has what the one before it has, and not what has gone`() {
        let versions = self.versions(
            """
            {"minified":"composer/2.0","packages":{"acme/lib":[
            {"version":"2","time":"t2","source":{"reference":"b"},"dist":{"url":"u"},"require":{"php":">=8"}},
            {"version":"1","source":{"reference":"a"}},
            {"version":"0","time":"__unset","source":"__unset","dist":"__unset","require":"__unset"}]}}
            """
        )
        #expect(
            versions == [
                .init(version: "2", time: "t2", reference: "b", archive: "u", php: ">=8"),
                .init(version: "1", time: "t2", reference: "a", archive: "u", php: ">=8"), .init(version: "0"),
            ]
        )
    }

    @Test func `versions of a document that is not minified are each for themselves, in lists and in maps`() {
        #expect(
            self.versions(#"{"packages":{"acme/lib":[{"version":"2","time":"t"},{"version":"1","require":[]}]}}"#)
                == [.init(version: "2", time: "t"), .init(version: "1")]
        )
        let map = #"{"packages":{"acme/lib":{"1":{"version":"1","time":"2024"},"2":{"version":"2","time":"2025"}}}}"#
        #expect(self.versions(map).map(\.version) == ["2", "1"])
        #expect(self.versions(#"{"packages":[]}"#).isEmpty)
    }
}
