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
            .command { flex-direction: column; gap: 0.4rem; }
            .brand { padding: 0.7rem 0 0.1rem; width: 100%; }
            .top nav ul { gap: 0 1.2rem; }
            .top nav a { padding: 0.45rem 0; }
            .bottom nav { margin-left: 0; }
            .lines div { grid-template-columns: 5.5rem 1fr; }
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
        .error .muted { color: var(--ink); display: block; }
        .command {
            display: flex; align-items: start; gap: 0.8rem; max-width: 50rem; padding: 0.6rem 0.6rem 0.6rem 1rem; margin-bottom: 0.8rem;
            background: var(--surface); border: 1px solid var(--line); border-radius: 8px;
        }
        .command code { flex: 1; min-width: 0; font-size: 0.9rem; line-height: 1.7; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.35rem 0; }
        .command button { flex: none; }
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
        h3.after { margin-top: 1.2rem; }
        .filters.first { margin-top: 0; }
        .crumbs a, .links a, .bottom a, .after > a, .trail a, td a, th a, dd a { display: inline-block; min-height: 1.5rem; min-width: 1.5rem; line-height: 1.5rem; }
        summary { min-height: 1.5rem; line-height: 1.5rem; }
        .round { margin-top: 1.2rem; }
        .round ol { display: flex; flex-wrap: wrap; gap: 0.6rem; list-style: none; margin: 0; padding: 0; }
        .round li { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.6rem; padding: 0.35rem 0.8rem; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); font-size: 0.9rem; }
        .round li:has([aria-current]) { border-color: var(--link); }
        .round a { display: inline-flex; align-items: center; gap: 0.5rem; min-height: 1.5rem; font-weight: 600; }
        .round a[aria-current] { color: var(--ink); text-decoration: none; }
        .links, .steps { padding-left: 1.2rem; margin: 0 0 1rem; }
        .links li, .steps li { margin: 0.25rem 0; }
        .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.2rem 2.5rem; }

        """
}
