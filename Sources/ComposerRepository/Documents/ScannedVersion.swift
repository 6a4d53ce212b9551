/// Where the value of a member is.
struct Place {
    private var start: Int32 = -1
    private var end: Int32 = -1
    /// Whether the value is null or `__unset`: as good as no member at all, wherever it matters.
    private(set) var isNothing = true

    init() {}

    init(_ range: Range<Int>, isNothing: Bool) {
        self.start = Int32(truncatingIfNeeded: range.lowerBound)
        self.end = Int32(truncatingIfNeeded: range.upperBound)
        self.isNothing = isNothing
    }

    /// Nil where there is no such member.
    var range: Range<Int>? { self.start < 0 ? nil : Int(self.start)..<Int(self.end) }

    /// Nil where there is no such member, or it says nothing.
    var value: Range<Int>? { self.isNothing ? nil : self.range }

    mutating func merge(_ other: Place) { if other.range != nil { self = other } }
}

/// What Composer makes of `source`, `dist` or `bin`.
enum LinkState: UInt8 {
    /// There is no such member.
    case absent
    /// It is null.
    case null
    /// It is `__unset`.
    case unset
    case usable
    /// Composer ends with an error.
    case unusable
    /// Composer takes it for an attack since 2.10.2, and ends.
    case unsafe

    /// In a difference `__unset` takes away; in a first version it is a text like any other.
    mutating func merge(_ other: LinkState) {
        if other != .absent { self = other == .unset ? .absent : other }
    }
}

/// One element of a list of versions, as far as it is looked at: what it says itself, in a minified list a difference.
struct ScannedVersion {
    /// Of the element's value.
    var range: Range<Int>
    var isObject = true
    var version = Place()
    var normalized = Place()
    var name = Place()
    var description = Place()
    var time = Place()
    var uid = Place()
    var require = Place()
    var requireDev = Place()
    var conflict = Place()
    var provide = Place()
    var replace = Place()
    var source = LinkState.absent
    var dist = LinkState.absent
    var bin = LinkState.absent

    /// Changes what stood before by what `difference` says.
    mutating func merge(_ difference: ScannedVersion) {
        self.range = difference.range
        self.isObject = difference.isObject
        self.version.merge(difference.version)
        self.normalized.merge(difference.normalized)
        self.name.merge(difference.name)
        self.description.merge(difference.description)
        self.time.merge(difference.time)
        self.uid.merge(difference.uid)
        self.require.merge(difference.require)
        self.requireDev.merge(difference.requireDev)
        self.conflict.merge(difference.conflict)
        self.provide.merge(difference.provide)
        self.replace.merge(difference.replace)
        self.source.merge(difference.source)
        self.dist.merge(difference.dist)
        self.bin.merge(difference.bin)
    }
}
