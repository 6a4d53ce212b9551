import Testing

@testable import Sandbox

@Suite struct WorldTests {
    /// The whole log of a repository.
    static func log(_ world: SandboxWorld, _ directory: SandboxDirectory) -> [UInt8] {
        let youngest = world.youngestRevision(directory)
        let elements = [
            DAVRequest.Element(name: "start-revision", text: "0"),
            DAVRequest.Element(name: "discover-changed-paths", text: ""),
        ]
        let query = LogQuery(elements: elements, path: "/", youngest: youngest)
        var report = LogReport(world: world, directory: directory, query: query)
        var bytes: [UInt8] = []
        while let chunk = report.next() { bytes += chunk }
        return bytes
    }

    @Test func `the same seed makes the same world, another seed another one`() {
        func world(_ seed: UInt64) -> SandboxWorld { .generated(seed: seed, plugins: 40, themes: 10, revisions: 400) }
        #expect(Self.log(world(1), .plugins) == Self.log(world(1), .plugins))
        #expect(Self.log(world(1), .plugins) != Self.log(world(2), .plugins))
    }

    @Test func `a generated world has the size asked for, and every kind of change and odd package in it`() {
        let world = SandboxWorld.generated(seed: 3, plugins: 200, themes: 50, revisions: 4_000)
        #expect(world.packageCount(.plugins) == 200)
        #expect(world.packageCount(.themes) == 50)
        #expect(world.youngestRevision(.plugins) == 4_000)
        #expect(world.youngestRevision(.themes) == 1_000)
        let packages = world.slugs(.plugins).compactMap { world.package(.plugins, slug: $0) }
        #expect(packages.contains { $0.closure != nil })
        #expect(packages.contains { !$0.isListed })
        #expect(packages.contains { $0.slug == "ünïcode" })
        #expect(packages.contains { $0.stableTag == "trunk" && !$0.tags.isEmpty })
        let log = String(decoding: Self.log(world, .plugins), as: UTF8.self)
        for sign in ["/assets/", "/branches/", "<S:deleted-path", "<S:replaced-path", "copyfrom-path", "/tags/v"] {
            #expect(log.contains(sign), "\(sign)")
        }
    }

    @Test func `the tags that the log leaves behind are those that the API lists`() {
        let world = SandboxWorld.generated(seed: 4, plugins: 60, themes: 20, revisions: 3_000)
        for directory in SandboxDirectory.allCases {
            let depth = directory == .plugins ? 3 : 2
            var tags: [String: Set<String>] = [:]
            for line in String(decoding: Self.log(world, directory), as: UTF8.self).split(separator: "\n")
            where line.hasPrefix("<S:") && line.contains("-path ") {
                guard let open = line.firstIndex(of: ">"), let close = line.lastIndex(of: "<"), open < close else {
                    continue
                }
                let path = line[line.index(after: open)..<close].replacing("&amp;", with: "&")
                let parts = path.split(separator: "/").map(String.init)
                let isAdded = line.hasPrefix("<S:added-path")
                if parts.count == 1, line.hasPrefix("<S:replaced-path") { tags[parts[0]] = [] }
                guard parts.count == depth, directory == .themes || parts[1] == "tags" else { continue }
                if isAdded {
                    tags[parts[0], default: []].insert(parts[depth - 1])
                } else if line.hasPrefix("<S:deleted-path") {
                    tags[parts[0]]?.remove(parts[depth - 1])
                }
            }
            for slug in world.slugs(directory) {
                let listed = world.package(directory, slug: slug)?.tags.map(\.name) ?? []
                #expect(Set(listed) == tags[slug] ?? [], "\(slug)")
            }
        }
    }

    @Test func `last_updated moves with the live tag and with new versions, not with other tags or pictures`() throws {
        let world = SandboxWorld()
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0", "1.1"])
        func updated() -> Int64? { world.package(.plugins, slug: "p")?.lastUpdatedSeconds }
        let start = updated()
        try world.commit(.plugins, slug: "p", .tag("2.0-beta", isLive: false))
        try world.commit(.plugins, slug: "p", .assets)
        try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
        #expect(updated() == start)
        try world.commit(.plugins, slug: "p", .rewriteTag("1.1"))
        #expect(updated() != start)
        #expect(updated() == world.nowSeconds)
    }

    @Test func `a command that does not fit changes nothing`() throws {
        let world = SandboxWorld()
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        let before = Self.log(world, .plugins)
        let now = world.nowSeconds
        #expect(throws: SandboxError.tagExists("1.0", slug: "p")) { try world.commit(.plugins, slug: "p", .tag("1.0")) }
        #expect(throws: SandboxError.unknownTag("9", slug: "p")) {
            try world.commit(.plugins, slug: "p", .deleteTag("9"))
        }
        #expect(throws: SandboxError.unknownPackage(.themes, slug: "p")) {
            try world.commit(.themes, slug: "p", .assets)
        }
        #expect(throws: SandboxError.packageExists(.plugins, slug: "p")) {
            try world.add(.plugins, SandboxPackage(slug: "p"))
        }
        #expect(throws: SandboxError.noReplay) { try world.replayRound() }
        #expect(Self.log(world, .plugins) == before)
        #expect(world.nowSeconds == now)
    }

    @Test func `the world that comes along has its well-known packages`() throws {
        let world = try SandboxWorld.builtIn
        #expect(world.package(.plugins, slug: "akismet")?.stableTag == "5.3.5")
        #expect(world.package(.plugins, slug: "limit-login-attempts")?.closure?.reason == "security-issue")
        #expect(world.package(.themes, slug: "twentytwentyfour")?.version == "1.2")
        #expect(world.package(.themes, slug: "twentytwentyfive")?.version == "1.1")
        #expect(world.packageCount(.plugins) == 31)
        #expect(world.packageCount(.themes) == 8)
    }

    @Test(
        arguments: [
            (0, "1970-01-01", "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01 12:00am GMT"),
            (951_782_399, "2000-02-28", "Mon, 28 Feb 2000 23:59:59 GMT", "2000-02-28 11:59pm GMT"),
            (951_782_400, "2000-02-29", "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29 12:00am GMT"),
            (1_711_004_160, "2024-03-21", "Thu, 21 Mar 2024 06:56:00 GMT", "2024-03-21 6:56am GMT"),
            (4_107_542_400, "2100-03-01", "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01 12:00am GMT"),
        ] as [(Int64, String, String, String)]
    )
    func `dates are written as upstream writes them, and read back`(
        seconds: Int64,
        date: String,
        http: String,
        twelveHour: String
    ) {
        let civil = CivilTime(seconds: seconds)
        #expect(civil.date == date)
        #expect(civil.http == http)
        #expect(civil.twelveHour == twelveHour)
        #expect(CivilTime.parse("\(civil.date) \(civil.time)") == seconds)
    }
}
