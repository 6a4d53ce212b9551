#!/usr/bin/env python3
"""check-docs.py FOLDER_OF_EXECUTABLES: fails where the documentation and the program differ.

Every variable that the documentation names is one that the settings read, and every setting is documented; every flag
in a table or a code line that begins with an executable's name is one that its --help shows, and every flag that
--help shows is documented. The same of exit codes (the list in each --help, and the table), of the routes of serve and of
its metrics; alerts are check-manifests.py's. Every link within the documentation leads to a file, and to a heading of it.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STAGES = ("discover", "update", "sync", "serve")
# What packline has besides the verbs that are executables of their own.
VERBS = ("run", "status", "verify", "who", "audit", "doctor", "init", "migrate")
SERVE = ("serve.md", "serve-pages.md")
VARIABLE = re.compile(r"\b(?:PACKLINE_(?!TEST_)[A-Z0-9_]*[A-Z0-9]|AWS_[A-Z0-9_]*[A-Z]|HTTPS?_PROXY|NO_PROXY)\b")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def settings_of_the_program():
    sources = [file.read_text() for folder in ("Pipeline", "Command", "WordPress", "ComposerRepository", *STAGES) for file in (ROOT / "Sources" / folder).rglob("*.swift")]
    found = {name for text in sources for name in VARIABLE.findall(text)}
    # NAME_FILE goes without saying for every NAME.
    return {name for name in found if name.removesuffix("_FILE") == name or name.removesuffix("_FILE") not in found}


def flags_of_the_program(executables, *words):
    """The flags of a command and of all its subcommands."""
    text = subprocess.run([executables / words[0], *words[1:], "--help"], capture_output=True, text=True, check=True).stdout
    section = text.partition("SUBCOMMANDS:")[2]
    below = [word for word in re.findall(r"^  ([a-z-]+)", section, re.MULTILINE) if word != "help"]
    found = set(FLAG.findall(text)).union(*(flags_of_the_program(executables, *words, word) for word in below))
    return found - {"--help", "--version"}


def anchors(text):
    """What GitHub calls the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(file, text):
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        target = (file.parent / path) if path else file
        if re.match(r"[a-z]+:", link):
            continue
        if not target.exists():
            yield f"{file.relative_to(ROOT)} links {link}, which is not there"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
            yield f"{file.relative_to(ROOT)} links {link}, which has no such heading"


def exit_codes(executables, *words):
    """The codes that a command's --help lists, and those of all its subcommands."""
    text = subprocess.run([executables / words[0], *words[1:], "--help"], capture_output=True, text=True, check=True).stdout
    section = re.search(r"^Exit status:\n((?:  .*\n)+)", text, re.MULTILINE)
    codes = set(re.findall(r"^  (\d+) ", section[1], re.MULTILINE)) if section else set()
    below = re.findall(r"^  ([a-z-]+)", text.partition("SUBCOMMANDS:")[2], re.MULTILINE)
    return codes.union(*(exit_codes(executables, *words, word) for word in below if word != "help"))


def check_exit_codes(executables, reference):
    table = re.search(r"^## Exit codes\n(.*?)(?=^##)", reference, re.MULTILINE | re.DOTALL)
    documented = set(re.findall(r"^\| (\d+) \|", table[1] if table else "", re.MULTILINE))
    shown = {verb: exit_codes(executables, "packline", verb) for verb in (*STAGES, *VERBS)}
    for verb, codes in shown.items():
        if not {"0", "1", "64"} <= codes:
            yield f"packline {verb} --help does not list its exit codes"
    every = set().union(*shown.values())
    yield from (f"docs/reference.md lacks the exit code {code}" for code in sorted(every - documented, key=int))
    yield from (f"docs/reference.md has the exit code {code}, which no --help lists" for code in sorted(documented - every))


def check_routes(documents):
    """A route is documented by what is fixed of it: /p2/… for p2/:vendor/:file."""
    sources = "\n".join(file.read_text() for file in sorted((ROOT / "Sources" / "Site").rglob("*.swift")))
    routes = set(re.findall(r'router\.(?:get|post|head)\("/?([^"]*)"', sources))
    text = "\n".join(documents[ROOT / "docs" / name] for name in SERVE)
    named = set(re.findall(r"`(?:GET |POST )?/([^`\s?]*)[^`]*`", text))
    for route in sorted(routes):
        fixed = route.partition(":")[0]
        if not any(name.rstrip("/") == fixed.rstrip("/") or (name.startswith(fixed) and fixed.endswith("/")) for name in named):
            yield f"docs/serve.md and docs/serve-pages.md lack the route /{route}"
    fixed = [route.partition(":")[0] for route in routes]
    for name in sorted(named):
        path = re.split("[…{<A-Z]", name)[0].rstrip("/")
        if path and not any(f"{path}/".startswith(f"{one.rstrip('/')}/") or one.startswith(path) for one in fixed if one):
            yield f"docs/serve.md or docs/serve-pages.md names /{name}, which is no route"


def check_metrics(documents):
    sources = "\n".join(file.read_text() for file in sorted((ROOT / "Sources" / "Site").rglob("*.swift")))
    written = set(re.findall(r'"(packline_[a-z_]+)"', sources))
    table = documents[ROOT / "docs" / "serve-pages.md"]
    listed = set(re.findall(r"^\| `(packline_[a-z_]+)` \|", table, re.MULTILINE))
    yield from (f"docs/serve-pages.md lacks the metric {name}" for name in sorted(written - listed))
    yield from (f"docs/serve-pages.md has the metric {name}, which nothing writes" for name in sorted(listed - written))
    for file, text in documents.items():
        for name in sorted(set(re.findall(r"\bpackline_[a-z_]+[a-z]\b", text))):
            # Also what several of them begin with.
            if not any(f"{one}_".startswith(f"{re.sub('_(bucket|sum|count)$', '', name)}_") for one in written):
                yield f"{file.relative_to(ROOT)} names the metric {name}, which nothing writes"


def main(executables):
    reference = (ROOT / "docs" / "reference.md").read_text()
    documents = {file: file.read_text() for file in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]}
    problems = []

    settings = settings_of_the_program()
    for file, text in documents.items():
        for name in sorted({name for name in VARIABLE.findall(text) if not {name, name.removesuffix("_FILE")} & settings}):
            problems.append(f"{file.relative_to(ROOT)} names {name}, which nothing reads")
    for name in sorted(settings - set(VARIABLE.findall(reference))):
        problems.append(f"docs/reference.md lacks the setting {name}")

    for file, text in documents.items():
        problems += broken_links(file, text)

    flags = {name: flags_of_the_program(executables, name) for name in STAGES}
    flags |= {f"packline {verb}": flags_of_the_program(executables, "packline", verb) for verb in VERBS}
    for file, text in documents.items():
        for name in flags:
            # Lines of code: "discover --reconcile", "`packline sync verify --deep`", also behind a path or a variable.
            # Composer has an `update` too.
            for line in re.findall(rf"(?:^|(?<!composer)[`/ ])({name}(?: [a-z-]+)? --[^`\n]*)", text, re.MULTILINE):
                for flag in sorted(set(FLAG.findall(line)) - flags[name] - {"--help", "--version"}):
                    problems.append(f"{file.relative_to(ROOT)} names {name} {flag}, which --help does not show")
    for name in (*STAGES, *(f"packline {verb}" for verb in ("run", "audit", "doctor", "init", "migrate"))):
        section = re.search(rf"^### {name}\n(.*?)(?=^##|\Z)", reference, re.MULTILINE | re.DOTALL)
        common = re.search(r"^### All stages\n(.*?)(?=^##|\Z)", reference, re.MULTILINE | re.DOTALL)
        # What is said of Composer's flags is not about ours.
        if section:
            section = [None, re.sub(r"`composer [^`]*`", "", section[1])]
        documented = set(FLAG.findall((section[1] if section else "") + (common[1] if common else "")))
        for flag in sorted(flags[name] - documented):
            problems.append(f"docs/reference.md lacks {name} {flag}")
        if section:
            for flag in sorted(set(FLAG.findall(section[1])) - flags[name]):
                problems.append(f"docs/reference.md names {name} {flag}, which --help does not show")

    problems += [*check_exit_codes(executables, reference), *check_routes(documents), *check_metrics(documents)]
    print("\n".join(problems) or f"{len(settings)} settings, {sum(map(len, flags.values()))} flags")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
