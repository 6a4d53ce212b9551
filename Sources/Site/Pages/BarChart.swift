/// A bar for each hour or day, and the numbers behind the bars.
struct BarChart {
    struct Bar {
        /// What the bar is about: `2026-11-21`, `14:00`.
        var label: String
        var value: Int
        /// The part of the value that is bad news.
        var bad = 0
    }

    let title: String
    /// What is counted: `runs`.
    let unit: String
    let bars: [Bar]

    private static let (width, height, gap) = (600, 90, 3)

    var html: HTML {
        let highest = self.bars.map(\.value).max() ?? 0
        let total = self.bars.reduce(0) { $0 + $1.value }
        let bad = self.bars.reduce(0) { $0 + $1.bad }
        let failed = bad > 0 ? ", \(Format.number(bad)) failed" : ""
        let summary = "\(Format.number(total)) \(self.unit)\(failed)"
        let middle = self.bars.count / 2
        let rows = self.bars.filter { $0.value > 0 }.reversed().map { bar -> HTML in
            "<tr><th scope=\"row\">\(bar.label)</th><td class=\"number\">\(Format.number(bar.value))</td></tr>"
        }
        let numbers: HTML =
            rows.isEmpty
            ? .nothing
            : """
            <details><summary>Numbers</summary><div class="scroll"><table><caption>\(self.title)</caption><thead><tr>\
            <th scope="col">UTC</th><th scope="col" class="number">\(self.unit)</th></tr></thead>
            <tbody>\(rows)</tbody></table></div></details>
            """
        return """
            <figure class="chart"><figcaption><span>\(self.title)</span><strong>\(summary)</strong></figcaption>
            <div class="plot"><span class="highest" aria-hidden="true">\(Format.number(highest))</span>
            <svg viewBox="0 0 \(Self.width) \(Self.height)" preserveAspectRatio="none" role="img" focusable="false" \
            aria-label="\(self.title): \(summary), at the most \(Format.number(highest)) at a time">\
            <path class="grid" d="M0 0.5H\(Self.width)M0 \(Self.height).5H\(Self.width)"/>\(self.drawn(highest))</svg></div>
            <div class="axis" aria-hidden="true"><span>\(self.bars.first?.label ?? "")</span>\
            <span>\(self.bars.isEmpty ? "" : self.bars[middle].label)</span><span>\(self.bars.last?.label ?? "")</span></div>
            \(numbers)</figure>
            """
    }

    private func drawn(_ highest: Int) -> [HTML] {
        guard highest > 0 else { return [] }
        let step = Double(Self.width) / Double(max(1, self.bars.count))
        func rectangle(_ kind: HTML, index: Int, from bottom: Double, height: Double, _ bar: Bar) -> HTML {
            let x = Double(index) * step + Double(Self.gap) / 2
            let y = Double(Self.height) - bottom - height
            return """
                <rect class="\(kind)" x="\(Self.rounded(x))" y="\(Self.rounded(y))" \
                width="\(Self.rounded(step - Double(Self.gap)))" height="\(Self.rounded(height))">\
                <title>\(bar.label): \(Format.number(bar.value)) \(self.unit)</title></rect>
                """
        }
        return self.bars.enumerated().filter { $0.element.value > 0 }.map { index, bar in
            let scale = Double(Self.height) / Double(highest)
            // What happened at all is seen.
            let whole = max(2, Double(bar.value) * scale)
            let bad = bar.bad > 0 ? max(2, Double(bar.bad) * scale) : 0
            let good = rectangle("bar", index: index, from: bad, height: max(0, whole - bad), bar)
            return bar.bad > 0 ? good + rectangle("bar failed", index: index, from: 0, height: bad, bar) : good
        }
    }

    private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
