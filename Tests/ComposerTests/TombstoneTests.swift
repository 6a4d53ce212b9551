import Composer
import Foundation
import Testing

@Suite struct TombstoneTests {
    private func tombstone(
        date: String? = "2024-03-21",
        reason: String? = "security-issue",
        isPermanent: Bool = false,
        page: String? = "https://wordpress.org/plugins/kit/"
    ) -> Tombstone {
        Tombstone(
            name: "wp-plugin/kit",
            date: date,
            reason: reason,
            isPermanent: isPermanent,
            page: page,
            source: "wordpress-plugins",
            id: "wordpress-plugins/kit"
        )
    }

    @Test func `a closed package has no versions, a warning for Composer of every age, and an entry of a list`() throws
    {
        let message =
            "wp-plugin/kit was closed upstream on 2024-03-21, reason: security-issue. It has no versions any more; what is "
            + "installed gets no updates. See https://wordpress.org/plugins/kit/"
        #expect(self.tombstone().message == message)
        #expect(
            String(decoding: self.tombstone().document, as: UTF8.self)
                == #"{"packages":{"wp-plugin/kit":[]},"warning":"\#(message)","#
                + #""warning-versions":"<2.2","warnings":[{"versions":"*","message":"\#(message)"}],"#
                + #""filter":{"closed":[{"constraint":"*","url":"https://wordpress.org/plugins/kit/","#
                + #""reason":"security-issue","id":"wordpress-plugins/kit","source":"wordpress-plugins"}]}}"#
        )
    }

    @Test func `what nobody says is left out`() throws {
        let tombstone = self.tombstone(date: nil, reason: nil, isPermanent: true, page: nil)
        #expect(
            tombstone.message
                == "wp-plugin/kit was closed upstream, permanently. It has no versions any more; what is installed gets no updates."
        )
        let text = String(decoding: tombstone.document, as: UTF8.self)
        #expect(text.contains(#"[{"constraint":"*","reason":"closed","id":"#))
    }

    @Test(arguments: ["", "a b", "<error>x</error>", "\u{1B}[31m", String(repeating: "a", count: 65), "é"])
    func `a reason that is no code reaches no terminal`(_ reason: String) throws {
        #expect(self.tombstone(reason: reason) == self.tombstone(reason: nil))
    }

    @Test(arguments: ["", "yesterday", "2024-3-21", "2024-03-21 ", "2024/03/21", "2024-03-2\u{0661}"])
    func `a date that is none is left out`(_ date: String) throws {
        #expect(self.tombstone(date: date) == self.tombstone(date: nil))
    }

    @Test func `in the v1 tree it has no versions either`() throws {
        let document = self.tombstone().document
        let tree = try TreeDocument.json("wp-plugin/kit", of: [document, document])
        #expect(String(decoding: tree, as: UTF8.self) == #"{"packages":{"wp-plugin/kit":{}}}"#)
    }
}
