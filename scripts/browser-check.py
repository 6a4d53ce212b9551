#!/usr/bin/env python3
"""browser-check.py URL: tries the pages that serve shows at URL in a real browser.

Each kind of page, in light and dark, 360 and 1280 pixels wide: no error and no violation of the policy on the console,
no scrolling sideways (on narrow screens in tables neither), one title, one h1, a language, landmarks, a contrast of
4.5:1 or more for every text, and 24 pixels or more each way for every link and control that is in no sentence. By
keyboard: Tab reaches every link and control in order, each with a visible outline. Without scripts: the same page. Copy buttons copy.
All links within the site resolve.
"""
import argparse
import concurrent.futures
import html.parser
import pathlib
import sys
import urllib.error
import urllib.parse
import urllib.request

from browser import Browser

# Texts whose contrast with what is behind them is too small. Of texts in drawings, what is behind them is the shape
# of their group.
CONTRAST = """(() => {
    const parse = (text) => {
        const n = (text.match(/[\\d.]+/g) || []).map(Number);
        return { r: n[0] ?? 0, g: n[1] ?? 0, b: n[2] ?? 0, a: n.length > 3 ? n[3] : text === "none" ? 0 : 1 };
    };
    const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a),
        b: top.b * top.a + under.b * (1 - top.a), a: 1 });
    const light = ({ r, g, b }) => {
        const f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
        return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
    };
    const behind = (element) => {
        const layers = [];
        for (let e = element; e; e = e.parentElement) {
            if (e instanceof SVGElement) {
                const shape = e.tagName === "g" && e.querySelector(":scope > rect");
                if (shape) layers.push(parse(getComputedStyle(shape).fill));
            } else layers.push(parse(getComputedStyle(e).backgroundColor));
        }
        return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
    };
    const bad = [];
    let count = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("svg title")) continue;
        const style = getComputedStyle(element);
        const ground = behind(element);
        const ink = over(parse(element instanceof SVGElement ? style.fill : style.color), ground);
        const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
        const contrast = (a + 0.05) / (b + 0.05);
        count += 1;
        if (contrast < 4.5) bad.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
    }
    return { bad: [...new Set(bad)].slice(0, 5), count };
})()"""

# Links and controls that are smaller than WCAG 2.5.8 wants: those in sentences may be.
TARGETS = """(() => {
    const targets = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
        .filter((e) => e.checkVisibility() && !e.matches(".skip") && !e.closest("details:not([open]) > :not(summary)"));
    const isInSentence = (e) => {
        const block = e.closest("p, .under, .bottom span, .trail span, .error");
        return block && block.textContent.trim().length > e.textContent.trim().length;
    };
    const small = targets.filter((e) => {
        const box = e.getBoundingClientRect();
        return (box.width < 23.9 || box.height < 23.9) && !isInSentence(e);
    });
    return { count: targets.length, small: small.slice(0, 5).map((e) => {
        const box = e.getBoundingClientRect();
        return `${e.outerHTML.slice(0, 70)}: ${box.width.toFixed(1)} by ${box.height.toFixed(1)}`;
    }) };
})()"""

SHAPE = """(() => ({
    lang: document.documentElement.lang, title: document.title, h1: document.querySelectorAll("h1").length,
    main: document.querySelectorAll("main").length, header: document.querySelectorAll("body > header").length,
    footer: document.querySelectorAll("body > footer").length,
    wide: document.scrollingElement.scrollWidth - window.innerWidth,
    scrolled: [...document.querySelectorAll(".scroll")].filter((e) => e.checkVisibility() &&
        e.scrollWidth > e.clientWidth).map((e) => e.getAttribute("aria-label")),
    unnamed: [...document.querySelectorAll("svg[role=img]")].filter((e) => !e.getAttribute("aria-label")).length
        + [...document.querySelectorAll("table")].filter((e) => !e.caption || e.querySelector("th:not([scope])")).length
        + [...document.querySelectorAll("input:not([type=hidden]), select")].filter((e) => !e.labels.length).length,
    inline: document.querySelectorAll("[style], style, script:not([src]), [onclick], [onload]").length,
    text: document.body.innerText.length, copy: [...document.querySelectorAll("button[data-copy]")].map((e) => e.hidden),
}))()"""

FOCUSABLE = """[...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
    .filter((e) => e.checkVisibility() && !e.closest("details:not([open]) > :not(summary)"))"""


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, []

    def __call__(self, holds, what):
        if holds:
            self.passed += 1
        else:
            self.failed.append(what)
            print(f"FAILED {what}", flush=True)


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("href", "src", "action") and value]


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read()


def links(url, body):
    parser = Links()
    parser.feed(body.decode())
    found = (urllib.parse.urldefrag(urllib.parse.urljoin(url, link))[0] for link in parser.found)
    return [link for link in dict.fromkeys(found)]


def crawl(base, check, most):
    """Follows links breadth first; every page within the site has to be there."""
    seen, level = {base + "/"}, [base + "/"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        while level and len(seen) <= most:
            following = []
            for url, (status, kind, body) in zip(level, pool.map(fetch, level)):
                check(status == 200, f"{url} resolves (status {status})")
                if kind == "text/html":
                    following += [link for link in links(url, body) if link.startswith(base + "/")]
            level = [link for link in dict.fromkeys(following) if link not in seen][: max(0, most - len(seen))]
            seen |= set(level)


def kinds_of_pages(base):
    """One page of each kind, found by following the first links."""
    paths = ["/", "/packages", "/packages?q=e&state=any&sort=updated", "/packages?q=nothing-has-this-name", "/changes",
             "/archives", "/advisories", "/who", "/runs", "/runs?status=failed", "/runs/999999999", "/packages/no/such", "/nothing", "/p2/no/such.json"]

    def first(page, prefix, count):
        url = base + page
        found = [link[len(base):] for link in links(url, fetch(url)[2]) if link.startswith(base + prefix)]
        return found[:count]

    return paths + first("/runs", "/runs/", 3) + first("/packages", "/packages/", 2)


def look_at(browser, base, path, check, screenshots):
    for scheme in ("light", "dark"):
        for width in (360, 1280):
            place = f"{path} ({scheme}, {width})"
            browser.show(base + path, width=width, scheme=scheme)
            shape = browser.evaluate(SHAPE)
            check(shape["lang"] == "en" and shape["title"] and shape["h1"] == 1, f"{place}: language, title, h1")
            check(shape["main"] == shape["header"] == shape["footer"] == 1, f"{place}: landmarks")
            check(shape["unnamed"] == 0, f"{place}: drawings, tables and fields have names")
            check(shape["inline"] == 0, f"{place}: no inline style or script")
            check(shape["wide"] <= 0, f"{place}: {shape['wide']} pixels too wide")
            check(width > 600 or not shape["scrolled"], f"{place}: {shape['scrolled']} scroll sideways")
            targets = browser.evaluate(TARGETS)
            check(targets["count"] > 5 and not targets["small"], f"{place}: small targets {targets['small']}")
            contrast = browser.evaluate(CONTRAST)
            check(contrast["count"] > 10 and not contrast["bad"], f"{place}: contrast {contrast['bad']}")
            check(not browser.complaints(), f"{place}: console says {browser.complaints()}")
            if screenshots:
                name = path.strip("/").replace("/", "-").replace("?", "-").replace("&", "-") or "status"
                browser.screenshot(screenshots / f"{name}-{scheme}-{width}.png")


def walk_by_keyboard(browser, base, path, check, most=60):
    browser.show(base + path)
    browser.evaluate(f"window.order = {FOCUSABLE}; 0")
    count = browser.evaluate("window.order.length")
    for index in range(min(count, most)):
        browser.press_tab()
        state = browser.evaluate("""(() => {
            const element = document.activeElement, style = getComputedStyle(element);
            const box = element.getBoundingClientRect();
            return { index: window.order.indexOf(element), outline: style.outlineStyle !== "none" &&
                parseFloat(style.outlineWidth) >= 2, seen: box.right > 0 && box.bottom > 0 && box.top < innerHeight,
                name: element.outerHTML.slice(0, 80) };
        })()""")
        if state["index"] != index or not state["outline"] or not state["seen"]:
            check(False, f"{path}: Tab number {index + 1} reaches {state}")
            return
    check(count > 5, f"{path}: Tab reaches {count} links and controls in order, each outlined")


def look_without_scripts(browser, base, path, check):
    browser.show(base + path)
    copy = browser.evaluate(SHAPE)["copy"]
    check(not any(copy), f"{path}: copy buttons work where scripts do")
    # Ages of things move on between two looks.
    length = "document.querySelector('main').innerText.replace(/Copy|just now|due now|\\d+ \\w+ ago/g, '').length"
    with_scripts = browser.evaluate(length)
    browser.show(base + path, scripts=False)
    shape = browser.evaluate(SHAPE)
    without = browser.evaluate(length)
    check(all(shape["copy"]), f"{path}: without scripts no copy button is shown")
    check(abs(with_scripts - without) < 60, f"{path}: {without} characters without scripts, {with_scripts} with")


def copy_commands(browser, base, path, check):
    """Each copy button copies what stands beside it, and says so."""
    browser.call("Browser.grantPermissions", origin=base, permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.show(base + path)
    found = browser.evaluate("""(async () => {
        const found = [];
        for (const button of document.querySelectorAll("button[data-copy]")) {
            button.click();
            for (let i = 0; i < 100 && button.textContent.startsWith("Copy"); i++) await new Promise((r) => setTimeout(r, 20));
            found.push([button.textContent, await navigator.clipboard.readText(),
                document.getElementById(button.dataset.copy).textContent]);
        }
        return found;
    })()""")
    check(found and all(word == "Copied" and copied == text for word, copied, text in found),
          f"{path}: the copy buttons copy: {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="where serve is, such as http://127.0.0.1:8080")
    parser.add_argument("--screenshots", type=pathlib.Path, help="a folder to leave pictures of all pages in")
    parser.add_argument("--most", type=int, default=300, help="how many links to follow")
    arguments = parser.parse_args()
    base, check = arguments.url.rstrip("/"), Checks()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    crawl(base, check, arguments.most)
    browser = Browser()
    try:
        for path in kinds_of_pages(base):
            look_at(browser, base, path, check, arguments.screenshots)
            walk_by_keyboard(browser, base, path, check)
            look_without_scripts(browser, base, path, check)
        # The last of them are pages of packages.
        for path in ("/", kinds_of_pages(base)[-1]):
            copy_commands(browser, base, path, check)
    finally:
        browser.close()
    print(f"{check.passed} checks passed" + (f", {len(check.failed)} failed" if check.failed else ""))
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
