/// Words about a package that has none of its own: the same slug always gets the same ones.
enum PackageText {
    static let authors = [
        "Ada Brandt", "Bo Lindqvist", "Chiara Conti", "Dmitri Orlov", "Esther Mwangi", "Fumiko Sato", "Goran Petrović",
        "Hélène Dubois", "Ines Álvarez", "Jonas &amp; Sons", "Kwame Mensah", "Lien Nguyễn",
    ]

    static func title(slug: String) -> String {
        slug.split(whereSeparator: { $0 == "-" || $0 == "_" })
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }
            .joined(separator: " ")
    }

    static func author(slug: String) -> String {
        Self.authors[Int(Self.hash(slug) % UInt64(Self.authors.count))]
    }

    static func summary(title: String) -> String {
        "\(title) does one thing, and &#8220;does it well&#8221;."
    }

    /// The name in URLs: `goran-petrovi`.
    static func nicename(author: String) -> String {
        var name = ""
        for scalar in author.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": name.unicodeScalars.append(scalar)
            case "A"..."Z": name += scalar.properties.lowercaseMapping
            case " " where name.last != "-": name += "-"
            default: break
            }
        }
        return name
    }

    /// FNV-1a: stable between processes, unlike `Hasher`.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
