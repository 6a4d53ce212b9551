import Wire

/// What becomes of a version, as far as it is about its archive.
package enum DistDecision: Equatable, Sendable {
    /// It stays as it is.
    case keep
    case replace(OwnArchive)
    /// It is not published.
    case leaveOut
}

extension DistScan {
    /// The document with archives of ours in it.
    ///
    /// Only the address, the checksum and maybe the reference of an archive change. Where a version of a minified document
    /// has the archive of the one before by saying nothing, and is to have another, it says so. Where versions go, such a
    /// document is written anew from what it means.
    ///
    /// - Parameter decisions: One for each of ``versions``.
    /// - Returns: The bytes, and how many versions are in them.
    package func rewritten(_ decisions: [DistDecision]) throws -> (bytes: [UInt8], versionCount: Int) {
        let count = decisions.count { $0 != .leaveOut }
        guard let list, decisions.count == self.versions.count else { return (self.bytes, self.versions.count) }
        var edits = ByteEdits()
        if self.isMinified, count < decisions.count {
            edits.replace(list, with: try self.minified(decisions))
        } else {
            self.replace(decisions, &edits)
            edits.cut(
                zip(self.versions, decisions).map { ByteEdits.Part(range: $0.part, isCut: $1 == .leaveOut) }
            )
        }
        return (edits.isEmpty ? self.bytes : edits.applied(to: self.bytes, in: self.bytes.indices), count)
    }

    private func replace(_ decisions: [DistDecision], _ edits: inout ByteEdits) {
        // What the versions so far have handed on.
        var handedOn: (dist: Range<Int>?, decision: DistDecision) = (nil, .keep)
        for (version, decision) in zip(self.versions, decisions) where decision != .leaveOut {
            guard let dist = version.dist else {
                handedOn = (nil, .keep)
                continue
            }
            defer { handedOn = (dist.range, decision) }
            if version.ownsDist {
                if case .replace(let ours) = decision {
                    edits.replace(dist.range, with: dist.written(with: ours, in: self.bytes))
                }
            } else if self.isMinified, handedOn.dist != dist.range || handedOn.decision != decision {
                self.insert(self.bytes(of: dist, decision), into: version.range, &edits)
            }
        }
    }

    private func bytes(of dist: Dist, _ decision: DistDecision) -> [UInt8] {
        if case .replace(let ours) = decision { return dist.written(with: ours, in: self.bytes) }
        return Array(self.bytes[dist.range])
    }

    /// The archive as the first member of a version.
    private func insert(_ dist: [UInt8], into version: Range<Int>, _ edits: inout ByteEdits) {
        let member = Array("\"dist\":".utf8) + dist
        let inner = (version.lowerBound + 1)..<(version.upperBound - 1)
        let hasMembers =
            self.bytes[version.lowerBound] == UInt8(ascii: "{")
            && self.bytes[inner].contains { !$0.isMarkupSpace }
        if hasMembers {
            edits.insert(member + [UInt8(ascii: ",")], at: inner.lowerBound)
        } else {
            edits.replace(version, with: Array("{".utf8) + member + Array("}".utf8))
        }
    }

    /// The list expanded, without what goes, and minified again.
    private func minified(_ decisions: [DistDecision]) throws -> [UInt8] {
        let key = Array("dist".utf8)
        var state = VersionState()
        var minifier = VersionMinifier()
        for (version, decision) in zip(self.versions, decisions) {
            minifier.touch(try state.apply(version.range, of: self.bytes))
            if decision == .leaveOut { continue }
            var published = state
            if case .replace = decision, let dist = version.dist {
                published.set(key, spelled: key[...], to: self.bytes(of: dist, decision)[...])
            }
            // Also where this one has upstream's after one of ours.
            minifier.touch([key])
            minifier.append(published)
        }
        return Array("[".utf8) + minifier.elements + Array("]".utf8)
    }
}
