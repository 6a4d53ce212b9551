/// Every setting that is wrong, each with its value and what it takes.
package struct InvalidSettings: Error, CustomStringConvertible {
    package var problems: [String]

    package init(problems: [String]) { self.problems = problems }

    /// Without a bucket `sync` has nothing to do.
    package static let noBucket = InvalidSettings(problems: [
        "PACKLINE_BUCKET_URL is none: there is nothing to sync to, because serve publishes by itself; "
            + "do not run sync, or set a bucket"
    ])

    package var description: String { self.problems.joined(separator: "\n") }
}

extension StringProtocol {
    /// Without white space and byte order marks at its ends.
    package var trimmed: SubSequence {
        func isLoose(_ character: Character) -> Bool { character.isWhitespace || character == "\u{FEFF}" }
        guard let end = self.lastIndex(where: { !isLoose($0) }) else { return self[self.startIndex..<self.startIndex] }
        return self[...end].drop(while: isLoose)
    }
}
