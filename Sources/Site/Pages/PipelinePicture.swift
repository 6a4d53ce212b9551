/// The pipeline as a drawing: what data there is, and the stages between.
///
/// It is drawn twice, in a row and in a column; the style sheet shows the one that fits.
struct PipelinePicture {
    struct Node {
        var title: String
        var lines: [String]
        /// The state of a stage; nil for data.
        var tone: Tone?
    }

    let nodes: [Node]
    /// The same in words.
    let description: String

    var html: HTML {
        """
        <div class="picture">
        \(self.drawing(inRow: true))
        \(self.drawing(inRow: false))
        </div>
        """
    }

    private func drawing(inRow: Bool) -> HTML {
        let (width, height, gap) = inRow ? (150, 92, 21) : (300, 66, 22)
        let step = inRow ? width + gap : height + gap
        let length = step * self.nodes.count - gap
        let (fullWidth, fullHeight) = inRow ? (length + 2, height + 2) : (width + 2, length + 2)
        let boxes = self.nodes.enumerated().map { index, node -> HTML in
            let (x, y) = inRow ? (1 + index * step, 1) : (1, 1 + index * step)
            let arrow: HTML = index == 0 ? .nothing : Self.arrow(inRow: inRow, x: x, y: y, width: width, height: height)
            return arrow + Self.box(node, inRow: inRow, x: x, y: y, width: width, height: height)
        }
        return """
            <svg class="\(inRow ? "row" : "column")" viewBox="0 0 \(fullWidth) \(fullHeight)" role="img" \
            aria-label="\(self.description)" focusable="false">\(boxes)</svg>
            """
    }

    private static func arrow(inRow: Bool, x: Int, y: Int, width: Int, height: Int) -> HTML {
        if inRow {
            let middle = y + height / 2
            return """
                <path class="arrow" d="M\(x - 18) \(middle)H\(x - 4)M\(x - 9) \(middle - 5)l5 5l-5 5"/>
                """
        }
        let middle = x + 22
        return "<path class=\"arrow\" d=\"M\(middle) \(y - 19)V\(y - 4)M\(middle - 5) \(y - 9)l5 5l5 -5\"/>"
    }

    private static func box(_ node: Node, inRow: Bool, x: Int, y: Int, width: Int, height: Int) -> HTML {
        let kind = node.tone.map { "stage \($0.rawValue)" } ?? "data"
        let left = x + 13
        let dot: HTML? = node.tone.map { _ in
            "<circle class=\"state\" cx=\"\(x + width - 17)\" cy=\"\(y + 21)\" r=\"5.5\"/>"
        }
        let lines: [HTML] =
            inRow
            ? node.lines.enumerated().map { index, line in
                "<text class=\"line\" x=\"\(left)\" y=\"\(y + 52 + 20 * index)\">\(line)</text>"
            } : ["<text class=\"line\" x=\"\(left)\" y=\"\(y + 49)\">\(node.lines.joined(separator: ", "))</text>"]
        return """
            <g class="node \(kind)"><rect x="\(x)" y="\(y)" width="\(width)" height="\(height)" \
            rx="\(node.tone == nil ? 3 : 12)"/><text class="title" x="\(left)" y="\(y + 26)">\(node.title)</text>\
            \(dot)\(lines)</g>
            """
    }
}
