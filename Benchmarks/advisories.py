"""Advisories: all of a day's feed joined with the whole directory, and then the changes of a day."""
import gzip
import http.server
import json
import threading

from processes import Usage

# What Wordfence's feed weighs: descriptions and references that nobody publishes are made up to that.
DESCRIPTION = "A vulnerability that is described at some length, as it is in the feed that this stands for. " * 24
NOTICES = {
    "message": "This record contains material that is subject to copyright",
    "acme": {"notice": "Copyright Acme", "license": "May be copied with this notice. " * 12, "license_url": "https://acme.example"},
}


def ranges(constraint):
    """A constraint as the feed says it: versions from and to, inclusive or not, `*` for open ends."""
    found = {}
    for part in constraint.split("|"):
        bounds = {"from_version": "*", "from_inclusive": True, "to_version": "*", "to_inclusive": True}
        for bound in part.split(","):
            operator = bound[: len(bound) - len(bound.lstrip("<>="))]
            version = bound[len(operator):]
            if operator.startswith(">"):
                bounds["from_version"], bounds["from_inclusive"] = version, operator == ">="
            elif operator.startswith("<"):
                bounds["to_version"], bounds["to_inclusive"] = version, operator == "<="
            elif version != "*":
                bounds["from_version"] = bounds["to_version"] = version
        found[part] = bounds
    return found


def feed(path):
    """The records of the recorded day, by id."""
    records = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            advisory = json.loads(line)
            # One software each: as many advisories as there were.
            identity = f"{advisory['sources'][0]['remoteId']}-{advisory['slug']}"
            records[identity] = {
                "id": identity, "title": advisory["title"], "informational": False, "description": DESCRIPTION,
                "software": [{"type": advisory["kind"], "name": advisory["slug"], "slug": advisory["slug"],
                              "affected_versions": ranges(advisory["affectedVersions"]), "patched": True}],
                "references": [advisory.get("link") or "https://acme.example"],
                "cvss": {"rating": (advisory.get("severity") or "medium").title()},
                "cve": advisory.get("cve"), "published": advisory["reportedAt"], "copyrights": NOTICES,
            }
    return records


class Feed:
    """A server of it, in this process."""

    def __init__(self, records):
        self.records, self.body = records, b""
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_):
                pass

        self.pack()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def pack(self):
        self.body = json.dumps(self.records).encode()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/feed"

    def change(self, count):
        """As many plugins of those that are there have another advisory than before."""
        changed = set()
        for record in self.records.values():
            slug = record["software"][0]["slug"]
            if len(changed) < count and slug not in changed and record["software"][0]["type"] == "plugin":
                changed.add(slug)
                record["title"] += " (revised)"
        self.pack()
        return changed


def whole_and_a_day(arguments, world, table, stages):
    for name in stages:
        world.stage(name)
    records = feed(arguments.data / "composer" / "wordfence" / "advisories-2026-08-22.ndjson.gz")
    # At first one of them, so that what the setting itself changes is measured apart.
    served = Feed(dict(list(records.items())[-1:]))
    world.environment |= {
        "PACKLINE_ADVISORIES": "separate", "PACKLINE_ADVISORY_FEEDS": "wordfence", "PACKLINE_WORDFENCE_KEY": "key",
        "PACKLINE_WORDFENCE_URL": served.url,
    }
    (packages,) = world.database.query("SELECT count(*) FROM packages WHERE payload_hash IS NOT NULL")

    def again():
        """As if the half hour between two questions had passed."""
        world.database.execute("UPDATE advisory_feeds SET asked_at_ms = 0")

    def published():
        return world.database.query(
            "SELECT count(*) FROM objects WHERE key LIKE 'advisories/p2/%' AND content_hash IS NOT NULL")[0]

    rows = []

    def measured(label):
        usages = {name: world.stage(name) for name in stages}
        total = sum((usages[name] for name in usages if name != "sync"), Usage())
        rows.append([label, *(f"{usages[name].wall:.2f}" for name in stages), f"{total.wall:.2f}", f"{total.cpu:.2f}",
                     f"{max(usage.peak for usage in usages.values()):.0f}", f"{published():,}"])
        again()

    measured("the setting: all documents derived again")
    served.records = records
    served.pack()
    measured(f"all {len(records):,} taken in and joined")
    measured("nothing new in the feed")
    (count,) = world.database.query("SELECT count(*) FROM advisories")
    changed = served.change(31)
    measured(f"{len(changed)} slugs changed")
    served.server.shutdown()
    return (f"{count:,} advisories ({len(served.body) / 1e6:.0f} MB) and {packages:,} packages that are published:\n\n"
            + table(["", *(f"{name} s" for name in stages), "discover + update s", "CPU s", "peak MB", "documents"], rows))
