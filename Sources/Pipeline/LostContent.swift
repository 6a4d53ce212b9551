import Composer
import Store

/// A document whose bytes the database can't give.
struct LostContent: Error, CustomStringConvertible {
    var hash: ContentHash?
    /// What is there in their place; nil where nothing is.
    var damaged: Blob?

    var description: String {
        "the database has \(self.damaged == nil ? "lost its bytes" : "its bytes damaged") (blob "
            + "\(self.hash?.hexadecimal ?? "")); the next run of update derives them again"
    }
}
