import Composer
package import Facts

/// What upstream says of one package.
package enum PackageAnswer: Equatable, Sendable {
    case active(Payload, PackageFacts)
    case closed(Closure)
    /// Upstream knows no package of that name.
    case notFound
}

/// What upstream says of a package without it going into a document.
package struct PackageFacts: Equatable, Sendable {
    /// Sites that have it installed, as upstream rounds them.
    package var activeInstalls: Int64?

    package init(activeInstalls: Int64? = nil) { self.activeInstalls = activeInstalls }
}
