#!/usr/bin/env python3
"""compare-facts.py DATABASE SOURCE=SUMMARY...: fails unless discover found what make-svn-dump.py says that it wrote.

Compared are the cursor, the slugs that can be the name of a package, and for each of them every place that a version is
made of, with the revisions in which it appeared and last changed and the date of the latter.
"""
import datetime
import json
import re
import sqlite3
import sys

# What WordPress.org can be asked for and Composer takes as the second half of a name.
USABLE = re.compile(r"(?=[a-z0-9_-]{1,200}\Z)[a-z0-9](?:(?:_|-{1,2})?[a-z0-9]+)*\Z")

PLACES = """
    SELECT slug, path, appeared_revision, revision, log_facts.changed_at_ms
    FROM log_facts JOIN packages ON packages.id = package_id
    WHERE source = ? AND removed = 0
"""


def milliseconds(date):
    if date is None:
        return None
    since = datetime.datetime.fromisoformat(date.removesuffix("Z")) - datetime.datetime(1970, 1, 1)
    return since // datetime.timedelta(milliseconds=1)


def problems(database, source, summary):
    (cursor,) = database.execute("SELECT cursor FROM sources WHERE name = ?", [source]).fetchone()
    if cursor != summary["revisions"]:
        yield f"{source}: the cursor is {cursor}, the youngest revision {summary['revisions']}"

    # A folder that is gone is still there as a package that will turn out to be missing.
    found = {slug for (slug,) in database.execute("SELECT slug FROM packages WHERE source = ?", [source])}
    wanted = {slug for slug in summary["slugs"] if USABLE.match(slug)}
    known = {slug for slug in summary["last_change"] if USABLE.match(slug)}
    for slug in sorted(wanted - found):
        yield f"{source}: {slug} is not there"
    for slug in sorted(found - known):
        yield f"{source}: {slug} was made up"

    places = {
        (slug, path): (appeared, revision, changed)
        for slug, path, appeared, revision, changed in database.execute(PLACES, [source]) if slug in wanted
    }
    expected = {
        (slug, path): (appeared, revision, milliseconds(summary["dates"].get(str(revision))))
        for slug, paths in summary["facts"].items() if slug in wanted
        for path, (appeared, revision) in paths.items()
    }
    for place in sorted(places.keys() | expected.keys()):
        if places.get(place) != expected.get(place):
            yield f"{source}: {'/'.join(place)} is {places.get(place)}, not {expected.get(place)}"
    print(f"{source}: {len(found)} packages, {len(places)} places, revision {cursor}")


def main(path, pairs):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    count = 0
    for source, summary in (pair.split("=", 1) for pair in pairs):
        with open(summary, encoding="utf-8") as file:
            for problem in problems(database, source, json.load(file)):
                count += 1
                if count <= 30:
                    print(problem)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
