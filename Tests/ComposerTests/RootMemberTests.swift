import Composer
import Testing

@Suite struct RootMemberTests {
    private func json(
        names: [String]? = nil,
        patterns: [String]? = nil,
        policies: RootPolicies? = nil,
        filter: FilterLists? = nil
    ) -> String {
        let bytes = RootDocument.packagesJSON(
            names: names,
            patterns: patterns,
            policies: policies,
            filter: filter,
            repositoryURL: nil,
            publicURL: nil
        )
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let start = #"{"packages":[],"metadata-url":"/p2/%package%.json""#

    @Test func `a root tells names, patterns, both or nothing of which packages there are`() {
        #expect(self.json() == Self.start + "}")
        #expect(self.json(names: ["a/b", "c/d"]) == Self.start + #","available-packages":["a/b","c/d"]}"#)
        #expect(
            self.json(names: [], patterns: ["a/*"])
                == Self.start + #","available-packages":[],"available-package-patterns":["a/*"]}"#
        )
    }

    @Test func `a root tells where advisories are, and which lists filter versions`() {
        let url = "https://packagist.org/api/security-advisories/"
        let start = Self.start + #","security-advisories":{"metadata":true,"api-url":"\#(url)"}"#
        #expect(self.json(policies: RootPolicies(advisoriesURL: url)) == start + "}")
        let filter = FilterLists(names: ["malware", "x"], summaryURL: "/filter/summary.json")
        #expect(
            self.json(policies: RootPolicies(advisoriesURL: url), filter: filter) == start + """
                ,"filter":{"metadata":true,"lists":{"malware":{"enabled":true},"x":{"enabled":true}},\
                "summary-url":"/filter/summary.json"}}
                """
        )
    }
}
