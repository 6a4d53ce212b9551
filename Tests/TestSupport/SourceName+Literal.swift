package import Facts

/// Sources as they are written in settings.
extension SourceName: ExpressibleByStringLiteral {
    package init(stringLiteral name: String) { self.init(name) }
}
