/// Rows under headings; where the screen is narrow, each row is a card of its own in which every value has its heading.
struct Table {
    struct Column {
        enum Kind { case text, number, wrapping, version }

        let name: String
        let kind: Kind

        init(_ name: String, _ kind: Kind = .text) {
            self.name = name
            self.kind = kind
        }

        fileprivate var attributes: HTML {
            switch self.kind {
            case .text: ""
            case .number: " class=\"number\""
            case .wrapping: " class=\"wrap\""
            case .version: " class=\"version\""
            }
        }
    }

    struct Row {
        /// What the row is about.
        var head: HTML
        /// One for each other column; one that is empty takes no room in a card.
        var cells: [HTML]
    }

    /// What the place is called that can be scrolled.
    let label: String
    let caption: HTML
    /// Whether the caption says no more than a heading above does.
    var isCaptionHidden = false
    /// The first is that of the rows' heads.
    let columns: [Column]
    let rows: [Row]

    var html: HTML {
        let heads = self.columns.map { column -> HTML in
            let number: HTML = column.kind == .number ? " class=\"number\"" : ""
            return "<th scope=\"col\"\(number)>\(column.name)</th>"
        }
        let rows = self.rows.map { row -> HTML in
            let cells = zip(self.columns.dropFirst(), row.cells).map { column, cell -> HTML in
                "<td\(column.attributes) data-label=\"\(column.name)\">\(cell)</td>"
            }
            return "<tr><th scope=\"row\"\(self.columns[0].attributes)>\(row.head)</th>\(cells)</tr>\n"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(self.label)"><table class="cards">
            <caption\(self.isCaptionHidden ? " class=\"hidden\"" : "" as HTML)>\(self.caption)</caption>
            <thead><tr>\(heads)</tr></thead>
            <tbody>\(rows)</tbody></table></div>
            """
    }
}
