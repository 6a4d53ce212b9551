/// How much a version is meant to be relied on, least first.
package enum Stability: Int, Sendable, CaseIterable, Comparable {
    case dev, alpha, beta, RC, stable

    package static func < (a: Stability, b: Stability) -> Bool { a.rawValue < b.rawValue }
}
