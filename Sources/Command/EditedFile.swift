import Composer
import Foundation

/// A file that is changed as a whole or not at all.
struct EditedFile {
    let path: String
    let bytes: [UInt8]
    let edits: ByteEdits

    var diff: [UInt8] { UnifiedDiff(self.bytes, self.edits, path: self.path).bytes }

    /// Puts the changed text in the place of the file, with its mode; a symbolic link goes on leading to it.
    ///
    /// - Throws: ``Failure``, with the file as it was.
    func write() throws {
        guard !self.edits.isEmpty else { return }
        let place = URL(fileURLWithPath: self.path).resolvingSymlinksInPath().path
        let draft = place + ".packline-\(ProcessInfo.processInfo.processIdentifier)"
        let text = self.edits.applied(to: self.bytes, in: self.bytes.indices)
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: place)
            guard FileManager.default.createFile(atPath: draft, contents: Data(text)) else {
                throw Failure(description: "\(self.path) can't be written: its folder takes no new file")
            }
            // A file of another owner keeps him where we may say so.
            let owner = attributes.filter { $0.key == .ownerAccountID || $0.key == .groupOwnerAccountID }
            try? FileManager.default.setAttributes(owner, ofItemAtPath: draft)
            let mode = attributes.filter { $0.key == .posixPermissions }
            try FileManager.default.setAttributes(mode, ofItemAtPath: draft)
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: draft))
            try handle.synchronize()
            try handle.close()
            guard rename(draft, place) == 0 else {
                throw Failure(description: "\(self.path) can't be replaced: \(String(cString: strerror(errno)))")
            }
        } catch let failure as Failure {
            try? FileManager.default.removeItem(atPath: draft)
            throw failure
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw Failure(description: "\(self.path) can't be written: look at its permissions and those of its folder")
        }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }
}
