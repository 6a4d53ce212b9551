/// How much a version is meant to be relied on, least first.
package enum Stability: Int, Sendable, CaseIterable, Comparable {
    case dev, alpha, beta, RC, stable

    package static func < (a: Stability, b: Stability) -> Bool { a.rawValue < b.rawValue }
}

/// Version strings, as composer/semver 3 and PHP understand them.
package enum Version {
    package static func normalize(_ version: String) -> String? { nil }
    package static func stability(ofNormalized version: String) -> Stability { .stable }
    package static func compare(normalized a: String, normalized b: String) -> Int { 0 }
}
