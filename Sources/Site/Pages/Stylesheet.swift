/// The style of all pages.
///
/// Contrast of every pair of colours is 4.5:1 or more in both schemes; scripts/browser-check.py computes it.
enum Stylesheet {
    static let text = Self.base + Self.frame + Self.parts + Self.data

    private static let base = """
        :root {
            --ground: #f7f7f4; --surface: #fff; --ink: #1b1e22; --muted: #565e67; --line: #dcded9; --faint: #eeeeea;
            --link: #0b4f8a; --good: #17653a; --busy: #0b4f8a; --warning: #7d4a00; --bad: #a61b1b; --quiet: #565e67;
            --good-ground: #e5f2e9; --busy-ground: #e3eef8; --warning-ground: #fbf0dc; --bad-ground: #fbe7e5;
            --quiet-ground: #ececea; --focus: #0b4f8a;
            --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
        }
        @media (prefers-color-scheme: dark) {
            :root {
                --ground: #121518; --surface: #191d21; --ink: #e6e8e9; --muted: #a2aab2; --line: #30363c;
                --faint: #22272c; --link: #86bdf5; --good: #7fd39a; --busy: #86bdf5; --warning: #eebb62; --bad: #ff9c92;
                --quiet: #a2aab2; --good-ground: #17301f; --busy-ground: #172a3c; --warning-ground: #352810;
                --bad-ground: #3b1c1a; --quiet-ground: #272c31; --focus: #86bdf5;
            }
        }
        * { box-sizing: border-box; }
        html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
        body {
            margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--ground);
            color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
            "DejaVu Sans", sans-serif;
        }
        h1, h2, h3 { line-height: 1.2; font-weight: 650; letter-spacing: -0.012em; text-wrap: balance; }
        h1 { font-size: 1.9rem; margin: 0 0 0.6rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 0 0 0.8rem; }
        h3 { font-size: 0.95rem; margin: 0 0 0.4rem; }
        section { margin-top: 2.6rem; }
        p { margin: 0 0 1rem; }
        a { color: var(--link); text-underline-offset: 0.16em; text-decoration-thickness: 0.06em; }
        a:hover { text-decoration-thickness: 0.12em; }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
        main:focus { outline: none; }
        code { font-family: var(--mono); font-size: 0.875em; }
        bdi { unicode-bidi: isolate; }

        """

    private static let frame = """
        .wide { width: 100%; max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
        main.wide { flex: 1; padding-top: 2.2rem; padding-bottom: 4rem; }
        .skip { position: absolute; left: -100vw; top: 0; padding: 0.6rem 1rem; background: var(--surface); z-index: 1; }
        .skip:focus { left: 0; }
        .top { background: var(--surface); border-bottom: 1px solid var(--line); }
        .top .wide { display: flex; flex-wrap: wrap; align-items: center; column-gap: 2rem; }
        .brand {
            display: inline-flex; align-items: center; gap: 0.5rem; padding: 0.85rem 0; font-weight: 700;
            font-size: 1.05rem; letter-spacing: -0.01em; color: var(--ink); text-decoration: none;
        }
        .mark { width: 1.35rem; height: 1.35rem; fill: none; stroke: var(--link); stroke-width: 3; stroke-linecap: round; }
        .top nav ul, .bottom nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; list-style: none; margin: 0; padding: 0; }
        .top nav a {
            display: block; padding: 0.85rem 0; color: var(--muted); text-decoration: none; font-weight: 550;
            border-bottom: 3px solid transparent; border-top: 3px solid transparent;
        }
        .top nav a:hover { color: var(--ink); }
        .top nav a[aria-current] { color: var(--ink); border-bottom-color: var(--link); }
        .bottom { border-top: 1px solid var(--line); color: var(--muted); font-size: 0.85rem; }
        .bottom .wide { display: flex; flex-wrap: wrap; gap: 0.3rem 1.6rem; padding-top: 1rem; padding-bottom: 1.4rem; }
        .bottom nav { margin-left: auto; }
        @media (max-width: 40rem) {
            h1 { font-size: 1.5rem; }
            .wide { padding: 0 1rem; }
            .brand { padding: 0.7rem 0 0.1rem; width: 100%; }
            .top nav ul { gap: 0 1.2rem; }
            .top nav a { padding: 0.45rem 0; }
            .bottom nav { margin-left: 0; }
        }

        """

    private static let parts = """
        .lead { font-size: 1.06rem; color: var(--muted); max-width: 44rem; }
        .measure { max-width: 44rem; }
        .muted { color: var(--muted); }
        h1 .muted { font-weight: 450; }
        .count { color: var(--muted); font-weight: 450; margin-left: 0.2rem; }
        .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .empty { color: var(--muted); padding: 1rem 1.1rem; border: 1px dashed var(--line); border-radius: 8px; max-width: 44rem; }
        .crumbs { font-size: 0.9rem; margin-bottom: 0.4rem; }
        .crumbs::after { content: " /"; color: var(--muted); }
        .good { --tone: var(--good); --tone-ground: var(--good-ground); }
        .busy { --tone: var(--busy); --tone-ground: var(--busy-ground); }
        .warning { --tone: var(--warning); --tone-ground: var(--warning-ground); }
        .bad { --tone: var(--bad); --tone-ground: var(--bad-ground); }
        .quiet { --tone: var(--quiet); --tone-ground: var(--quiet-ground); }
        .dot { display: inline-block; flex: none; width: 0.55em; height: 0.55em; border-radius: 50%; background: var(--tone); }
        .badge {
            display: inline-flex; align-items: center; gap: 0.4em; padding: 0.05em 0.6em; border-radius: 1em;
            background: var(--tone-ground); color: var(--tone); font-size: 0.82rem; font-weight: 550; line-height: 1.5; vertical-align: middle; white-space: nowrap;
        }
        .verdict {
            display: inline-flex; align-items: baseline; gap: 0.6rem; padding: 0.5rem 0.9rem; margin-bottom: 0;
            border-radius: 8px; background: var(--tone-ground); color: var(--tone); font-weight: 600;
        }
        .condition { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
        .condition .badge { white-space: normal; }
        .error {
            padding: 0.7rem 0.9rem; border-left: 3px solid var(--bad); background: var(--bad-ground); border-radius: 0 6px 6px 0;
            overflow-wrap: anywhere;
        }
        .bad-text { color: var(--bad); }
        .error .muted { color: var(--ink); }
        .command {
            display: flex; align-items: center; gap: 0.8rem; max-width: 44rem; padding: 0.6rem 0.6rem 0.6rem 1rem;
            background: var(--surface); border: 1px solid var(--line); border-radius: 8px;
        }
        .command code { flex: 1; font-size: 0.95rem; overflow-wrap: anywhere; padding: 0.25rem 0; }
        button, select, input {
            font: inherit; font-weight: 400; color: var(--ink); background: var(--surface); border: 1px solid var(--muted);
            border-radius: 6px; padding: 0.4rem 0.7rem; min-height: 2.5rem;
        }
        select, input { width: 100%; font-size: 1rem; }
        input::placeholder { color: var(--muted); opacity: 1; }
        button { font-weight: 600; cursor: pointer; }
        button[type="submit"] { background: var(--link); border-color: var(--link); color: var(--surface); }
        button:hover { text-decoration: underline; }
        .filters { display: flex; flex-wrap: wrap; gap: 0.8rem; align-items: end; margin: 1rem 0 1.2rem; }
        .filters label { display: block; flex: 0 1 9rem; font-size: 0.85rem; font-weight: 550; color: var(--muted); }
        .filters label span { display: block; margin-bottom: 0.2rem; }
        .filters .grows { flex: 1 1 16rem; }
        .pages { display: flex; flex-wrap: wrap; gap: 0.3rem; margin-top: 1.2rem; font-variant-numeric: tabular-nums; }
        .pages a, .pages .gap { padding: 0.3rem 0.7rem; border-radius: 6px; }
        .pages a { border: 1px solid var(--line); background: var(--surface); text-decoration: none; }
        .pages a:hover { border-color: var(--link); }
        .pages a[aria-current] { background: var(--link); border-color: var(--link); color: var(--surface); }
        .after { margin-top: 0.8rem; }
        .links, .steps { padding-left: 1.2rem; margin: 0 0 1rem; }
        .links li, .steps li { margin: 0.25rem 0; }
        .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.2rem 2.5rem; }

        """

    private static let data = """
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
        table { border-collapse: collapse; width: 100%; font-size: 0.9rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
        caption { text-align: left; padding: 0.65rem 1rem; color: var(--muted); font-size: 0.85rem; }
        th, td { padding: 0.5rem 1rem; text-align: left; vertical-align: top; white-space: nowrap; }
        thead th { font-size: 0.8rem; font-weight: 600; color: var(--muted); border-bottom: 1px solid var(--line); }
        tbody tr + tr > * { border-top: 1px solid var(--faint); }
        tbody tr:hover > * { background: var(--faint); }
        tbody th { font-weight: 550; }
        tbody th:has(bdi) { white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
        .number { text-align: right; }
        .wrap { white-space: normal; min-width: 14rem; overflow-wrap: anywhere; }
        .under { display: block; max-width: 32rem; overflow: hidden; text-overflow: ellipsis; color: var(--muted); font-weight: 400; font-size: 0.85rem; }
        .under.bad-text { color: var(--bad); white-space: normal; }
        @media (max-width: 40rem) {
            th, td { padding: 0.45rem 0.7rem; }
            .under { white-space: normal; }
        }
        .version { max-width: 14rem; overflow: hidden; text-overflow: ellipsis; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.4rem, 1fr)); gap: 1.1rem 0.85rem; margin: 1.6rem 0 0; }
        .facts div { min-width: 0; }
        .facts dt { color: var(--muted); font-size: 0.82rem; }
        .facts dd { margin: 0.05rem 0 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .facts dd .muted { font-weight: 400; }
        .facts .long { font-weight: 400; font-size: 0.9rem; }
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
