#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How large archives of plugins, themes and Composer packages are.
///
/// Files of random bytes are added to what an archive holds anyway. Nobody publishes how large archives are, so the
/// distribution is a guess: half have less than 0.2 MB, the mean is 1 MB, one in 800 has the 50 MB that are the most.
package struct ArchiveSizes: Equatable, Sendable {
    /// Some archives' own size.
    package struct Given: Equatable, Sendable {
        /// Of paths, as `/plugin/akismet.*` or `/packagist/dist/acme/*`; of an archive on GitHub that of the mount.
        package var pattern: String
        package var bytes: Int
    }

    /// The most that a zip without extensions can have, rounded down (bytes).
    package static let most = 4_000_000_000
    static let median = 200_000.0
    static let largest = 50_000_000.0
    /// The spread of the sizes' logarithms that gives the mean, the largest being cut off.
    static let spread = 1.83

    /// Whether all archives have a size of the distribution (default false: they are as small as can be).
    package var isPlausible = false
    /// The newest last, which goes before the others.
    package private(set) var given: [Given] = []

    package init(isPlausible: Bool = false) { self.isPlausible = isPlausible }

    /// Gives archives a size of their own; nil takes it back.
    ///
    /// - Throws: ``SandboxError/badCommand(_:)`` for more than a zip can have.
    package mutating func give(_ pattern: String, bytes: Int?) throws(SandboxError) {
        if let bytes, !(0...Self.most).contains(bytes) {
            throw .badCommand("an archive has between 0 and \(Self.most) bytes")
        }
        self.given.removeAll { $0.pattern == pattern }
        if let bytes { self.given.append(Given(pattern: pattern, bytes: bytes)) }
    }

    /// How many bytes an archive is to have, which never changes; nil: as many as it has.
    ///
    /// - Parameter version: The package and its version, in one name.
    func bytes(path: String, version: String) -> Int? {
        if let given = self.given.last(where: { Glob.matches($0.pattern, path) }) { return given.bytes }
        return self.isPlausible ? Self.plausible(version) : nil
    }

    static func plausible(_ version: String) -> Int {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in version.utf8 { seed = (seed ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        var generator = SplitMix(seed: seed)
        func chance() -> Double { Double(generator.next() >> 11) / Double(1 << 53) }
        // Box and Muller's way to a number of the normal distribution.
        let normal = (-2 * log(1 - chance())).squareRoot() * cos(2 * Double.pi * chance())
        return Int(min(Self.median * exp(Self.spread * normal), Self.largest))
    }
}
