import Crypto
import Wire

/// Digests as documents and Composer write them.
package enum TestDigest {
    package static func md5(_ text: String) -> String {
        Hexadecimal.text(Array(Insecure.MD5.hash(data: Array(text.utf8))))
    }
    package static func sha1(_ bytes: [UInt8]) -> String { Hexadecimal.text(Array(Insecure.SHA1.hash(data: bytes))) }
}
