/// What a generated repository offers, as a pure function of a seed and a package's number.
///
/// Nothing is kept of any package: 450,000 of them cost no memory until they change.
struct ComposerCatalogue: Sendable {
    let seed: UInt64
    /// When the world begins, in seconds since 1970: everything generated is older.
    let startSeconds: Int64

    /// The largest number of stable versions that Packagist was seen to have for one package.
    static let mostVersions = 2_700

    private static let vendors = [
        "acme", "aurora", "basalt", "birch", "cinder", "cobalt", "delta", "ember", "fjord", "garnet", "harbor",
        "indigo",
        "juniper", "kestrel", "lumen", "maple",
    ]
    private static let projects = [
        "adapter", "bridge", "cache", "client", "console", "container", "events", "forms", "graph", "logger", "mailer",
        "parser", "queue", "router", "schema", "validator",
    ]

    /// Seven packages to a vendor; the number ends the name, so that a name can be turned back into it.
    func name(_ number: Int) -> String {
        let vendor = number / 7
        let word = Self.vendors[vendor % Self.vendors.count]
        let round = vendor / Self.vendors.count
        let project = Self.projects[Int(self.random(number, 1) % UInt64(Self.projects.count))]
        return "\(word)\(round == 0 ? "" : String(round))/\(project)-\(number)"
    }

    /// The number in a generated name; nil when no package is called so.
    func number(_ name: String) -> Int? {
        guard let dash = name.utf8.lastIndex(of: UInt8(ascii: "-")),
            let number = Int(name[name.utf8.index(after: dash)...]), number >= 0, self.name(number) == name
        else { return nil }
        return number
    }

    /// How many stable versions a package has at the start: none for one in five, and a long tail.
    ///
    /// A Pareto distribution, whose exponent is one that square roots can make; with the branches it comes to 12
    /// versions in the mean.
    func initialVersions(_ number: Int) -> Int {
        let chance = Double(self.random(number, 2) >> 11) / Double(1 << 53)
        if chance < 0.2 { return 0 }
        let half = max((1 - chance) / 0.8, 1e-12).squareRoot()
        let quarter = half.squareRoot()
        let sixteenth = quarter.squareRoot().squareRoot()
        return Int(min(3 / (half * quarter * sixteenth), Double(Self.mostVersions)))
    }

    /// One to three.
    func branches(_ number: Int) -> Int { 1 + Int(self.random(number, 3) % 8) / 3 }

    func hasPrefixedTags(_ number: Int) -> Bool { self.random(number, 4) % 4 == 0 }

    /// One in fifty has an advisory from the start.
    func hasAdvisory(_ number: Int) -> Bool { self.random(number, 5) % 50 == 0 }

    /// The package that this one requires: always an earlier one with a stable version, so that it can be installed.
    func requirement(_ number: Int) -> Int? {
        guard number > 0, self.random(number, 6) % 2 == 0 else { return nil }
        let required = Int(self.random(number, 7) % UInt64(number))
        return self.initialVersions(required) > 0 ? required : nil
    }

    /// When a package changed last before the world begins, in 1/10,000 s since 1970.
    func initialTime(_ number: Int, isDev: Bool) -> Int64 {
        let age = Int64(self.random(number, isDev ? 8 : 9) % (3 * 365 * 86_400 * 10_000))
        return self.startSeconds * 10_000 - 86_400 * 10_000 - age
    }

    /// When a version of the start was released, in seconds since 1970.
    func releaseSeconds(_ number: Int, _ index: Int) -> Int64 {
        let newest = self.initialTime(number, isDev: false) / 10_000
        let step = Int64(self.random(number, 10) % 86_400) + 3_600
        return newest - Int64(self.initialVersions(number) - index) * step
    }

    /// Forty hex digits that are a function of their arguments.
    func reference(_ number: Int, _ kind: UInt64, _ index: Int) -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(48)
        for part in 0..<3 as Range<UInt64> {
            var value = self.random(number, (kind << 40) | (UInt64(index) << 4) | part << 2 | 3)
            for _ in 0..<16 {
                digits.append(PercentCoding.lower[Int(value & 15)])
                value >>= 4
            }
        }
        digits.removeLast(8)
        return digits
    }

    func random(_ number: Int, _ salt: UInt64) -> UInt64 {
        var generator = SplitMix(
            seed: self.seed &* 0x2545_f491_4f6c_dd1d ^ UInt64(number) &* 0xd6e8_feb8_6659_fd93 ^ salt
        )
        _ = generator.next()
        return generator.next()
    }
}
