/// Writes versions as differences: `MetadataMinifier::minify`, one version at a time.
///
/// Only the keys that were named since the last version are compared, so that the work is that of reading upstream's
/// differences once, however many versions and members there are. Values are equal where they are spelled alike: one that
/// upstream spells in two ways is written twice, and means the same.
package struct VersionMinifier {
    package private(set) var elements: [UInt8] = []
    private var published: [[UInt8]: VersionState.Member] = [:]
    private var touched: Set<[UInt8]> = []
    private var nextOrder = 0
    private var isFirst = true

    package init() {}

    /// Says which members may have changed.
    package mutating func touch(_ keys: [[UInt8]]) { self.touched.formUnion(keys) }

    package mutating func append(_ state: VersionState) {
        if self.isFirst {
            self.published = state.members
            self.nextOrder = state.inOrder.last?.order ?? 0
            self.write(state.inOrder.map { ($0.key, $0.value) })
            self.isFirst = false
        } else {
            self.appendDifference(to: state)
        }
        // Emptying and walking a set costs its capacity: one huge version must not make all that follow dear.
        self.touched.removeAll(keepingCapacity: self.touched.capacity < 256)
    }

    private mutating func appendDifference(to state: VersionState) {
        var changed: [(text: [UInt8], member: VersionState.Member)] = []
        var gone: [VersionState.Member] = []
        for key in self.touched {
            let before = self.published[key]
            if let now = state.members[key] {
                if before?.value != now.value { changed.append((key, now)) }
            } else if let before {
                gone.append(before)
                self.published[key] = nil
            }
        }
        changed.sort { $0.member.order < $1.member.order }
        gone.sort { $0.order < $1.order }
        for (text, member) in changed { self.publish(member, text) }
        let unset = Array("\"__unset\"".utf8)[...]
        self.write(changed.map { ($0.member.key, $0.member.value) } + gone.map { ($0.key, unset) })
    }

    /// What is new stands last; what was there stays where it is.
    private mutating func publish(_ member: VersionState.Member, _ key: [UInt8]) {
        if self.published[key] == nil { self.nextOrder += 1 }
        let order = self.published[key]?.order ?? self.nextOrder
        self.published[key] = VersionState.Member(key: member.key, value: member.value, order: order)
    }

    private mutating func write(_ members: [(key: ArraySlice<UInt8>, value: ArraySlice<UInt8>)]) {
        if !self.isFirst { self.elements.append(UInt8(ascii: ",")) }
        self.elements.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            self.elements.append(contentsOf: index == 0 ? Array("\"".utf8) : Array(",\"".utf8))
            self.elements.append(contentsOf: member.key)
            self.elements.append(contentsOf: Array("\":".utf8))
            self.elements.append(contentsOf: member.value)
        }
        self.elements.append(UInt8(ascii: "}"))
    }
}
