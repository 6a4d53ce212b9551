extension Int {
    /// With a comma between thousands, whatever the locale.
    package var grouped: String {
        var digits = String(self.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (self < 0 ? "-" : "") + groups.joined(separator: ",")
    }

    /// `1 package`, `1,200 packages`.
    ///
    /// - Parameter plural: Where it is not the singular with an s: `is`, `are`.
    package func counted(_ singular: String, _ plural: String? = nil) -> String {
        "\(self.grouped) \(self == 1 ? singular : plural ?? singular + "s")"
    }
}
