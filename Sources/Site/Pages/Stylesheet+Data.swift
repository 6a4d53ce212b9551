extension Stylesheet {
    /// Tables, figures, drawings and charts.
    static let data = """
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
        table { border-collapse: collapse; width: 100%; font-size: 0.9rem; line-height: 1.5rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; line-height: 1.4; padding: 0.65rem 0.8rem; color: var(--muted); font-size: 0.85rem; }
        th, td { padding: 0.45rem 0.8rem; text-align: left; vertical-align: top; white-space: nowrap; }
        thead th { font-size: 0.8rem; font-weight: 600; color: var(--muted); border-bottom: 1px solid var(--line); }
        tbody tr + tr > * { border-top: 1px solid var(--faint); }
        tbody tr:hover > * { background: var(--faint); }
        tbody th { font-weight: 550; }
        tbody th:has(bdi) { white-space: normal; min-width: 14rem; overflow-wrap: break-word; }
        .number { text-align: right; }
        .wrap { white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
        .under { display: block; max-width: 32rem; overflow: hidden; text-overflow: ellipsis; color: var(--muted); font-weight: 400; font-size: 0.85rem; line-height: 1.4; }
        .under.bad-text { color: var(--bad); white-space: normal; }
        @media (max-width: 40rem) {
            th, td { padding: 0.45rem 0.7rem; }
            .under { white-space: normal; }
            .cards, .cards tbody, .cards caption { display: block; }
            .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
            .cards caption.hidden { display: none; }
            .cards tbody tr { display: grid; grid-template-columns: 1fr 1fr; gap: 0.35rem 0.8rem; padding: 0.6rem 0.9rem; }
            .cards tbody tr > * { border: 0; padding: 0; min-width: 0; max-width: none; text-align: left; white-space: normal; overflow-wrap: anywhere; }
            .cards tbody tr:first-child, .cards tbody tr + tr { border-top: 1px solid var(--line); }
            .cards tbody tr:hover > * { background: none; }
            .cards tbody th, .cards .wrap { grid-column: 1 / -1; }
            .cards tbody th { font-size: 0.95rem; }
            .cards td::before { content: attr(data-label); display: block; color: var(--muted); font-size: 0.78rem; }
            .cards td:empty { display: none; }
            .cards .badge { white-space: normal; }
        }
        .version { max-width: 14rem; overflow: hidden; text-overflow: ellipsis; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.4rem, 1fr)); gap: 1.1rem 0.85rem; margin: 1.6rem 0 0; }
        .facts div { min-width: 0; }
        .facts dt { color: var(--muted); font-size: 0.82rem; }
        .facts dd { margin: 0.05rem 0 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .facts dd .muted { font-weight: 400; }
        .facts .long { font-weight: 400; font-size: 0.9rem; }
        .lines { display: grid; gap: 0.35rem; margin: 1.4rem 0 0; max-width: 60rem; font-size: 0.95rem; }
        .lines div { display: grid; grid-template-columns: 7.5rem 1fr; gap: 0 0.85rem; }
        .lines dt { color: var(--muted); }
        .lines dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
        .picture { margin-top: 1rem; }
        .picture svg { display: block; width: 100%; height: auto; }
        .picture .column { display: none; max-width: 22rem; }
        @media (max-width: 62rem) {
            .picture .row { display: none; }
            .picture .column { display: block; }
        }
        .node rect { fill: var(--surface); stroke: var(--line); stroke-width: 1.25; }
        .node.data rect { fill: transparent; stroke-dasharray: 4 3; stroke: var(--muted); stroke-width: 1; }
        .node.stage rect { fill: var(--tone-ground); stroke: var(--tone); }
        .node .title { font-size: 15px; font-weight: 650; fill: var(--ink); }
        .node .line { font-size: 12.5px; fill: var(--muted); }
        .node.stage .line { fill: var(--tone); font-weight: 550; }
        .node .state { fill: var(--tone); }
        .arrow { fill: none; stroke: var(--muted); stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.2rem; }
        .chart { margin: 0; padding: 0.9rem 1.1rem 1rem; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
        .chart figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: 0.9rem; color: var(--muted); margin-bottom: 0.9rem; }
        .chart strong { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
        .plot { position: relative; }
        .plot svg { display: block; width: 100%; height: 6rem; overflow: visible; }
        .highest, .axis { font-size: 0.75rem; color: var(--muted); font-variant-numeric: tabular-nums; }
        .highest { display: block; line-height: 1.3; }
        .axis { display: flex; justify-content: space-between; padding-top: 0.25rem; }
        .grid { stroke: var(--line); fill: none; vector-effect: non-scaling-stroke; }
        .bar { fill: var(--link); }
        .bar.failed { fill: var(--bad); }
        details { margin-top: 0.5rem; font-size: 0.85rem; }
        summary { cursor: pointer; color: var(--muted); width: fit-content; }
        details .scroll { max-height: 14rem; margin-top: 0.5rem; }
        .trail { list-style: none; margin: 0; padding: 0; max-width: 44rem; }
        .trail li { position: relative; display: flex; flex-wrap: wrap; gap: 0 1rem; padding: 0 0 1rem 1.6rem; }
        .trail strong { font-weight: 550; flex: 0 0 17rem; }
        .trail span { flex: 1 1 12rem; }
        .trail li::before { content: ""; position: absolute; left: 0; top: 0.45rem; width: 0.65rem; height: 0.65rem; border-radius: 50%; background: var(--link); }
        .trail li:not(:last-child)::after { content: ""; position: absolute; left: 0.27rem; top: 1.2rem; bottom: -0.3rem; width: 2px; background: var(--line); }

        """
}
