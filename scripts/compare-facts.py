#!/usr/bin/env python3
"""compare-facts.py DATABASE SOURCE=SUMMARY[,URL]...: fails unless discover found what make-svn-dump.py says it wrote.

Compared are the cursor, the slugs that can be the name of a package, and for each of them every place that a version is
made of, with the revisions in which it appeared and last changed and the date of the latter. Where folders were put into
place by copies, `svn info` of the repository at URL is asked as well.
"""
import datetime
import json
import re
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree

# What WordPress.org can be asked for and Composer takes as the second half of a name.
USABLE = re.compile(r"(?=[a-z0-9_-]{1,200}\Z)[a-z0-9](?:(?:_|-{1,2})?[a-z0-9]+)*\Z")

PLACES = """
    SELECT key, path, appeared_revision, revision, log_facts.changed_at_ms, removed
    FROM log_facts JOIN packages ON packages.id = package_id WHERE source = ?
"""
FOLDERS = """
    SELECT key, prefix, revision, log_folders.changed_at_ms, copied_from
    FROM log_folders JOIN packages ON packages.id = package_id WHERE source = ? ORDER BY revision, length(prefix)
"""


def appearance(appeared, folders, at):
    while appeared is not None and appeared <= at:
        later = [each for each in folders if appeared < each[1] <= at]
        if not later:
            return appeared
        if not later[-1][3]:
            break
        at = later[-1][3]
    return None


def standing(appeared, last, date, removed, folders):
    """Of a place: when it appeared, its last revision and the date of that; nothing where it is gone."""
    at = float("inf")
    while later := [each for each in folders if last < each[1] <= at]:
        _, revision, changed, copied_from = later[-1]
        if copied_from is None:
            return None
        if copied_from < last:
            return appearance(appeared, folders, copied_from) if copied_from else None, revision, changed
        at = copied_from
    return None if removed else (appearance(appeared, folders, last), last, date)


def last_changes(url, slug):
    """What Subversion itself says of the folders of a plugin."""
    command = ["svn", "info", "--xml", "--depth", "immediates", f"{url}/{slug}", f"{url}/{slug}/tags"]
    found = {}
    for entry in xml.etree.ElementTree.fromstring(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout):
        place = entry.findtext("relative-url").removeprefix(f"^/{slug}/")
        if place == "trunk" or place.startswith("tags/"):
            found[place] = int(entry.find("commit").get("revision"))
    return found


def milliseconds(date):
    if date is None:
        return None
    since = datetime.datetime.fromisoformat(date.removesuffix("Z")) - datetime.datetime(1970, 1, 1)
    return since // datetime.timedelta(milliseconds=1)


def problems(database, source, summary, url):
    (cursor,) = database.execute("SELECT cursor FROM sources WHERE name = ?", [source]).fetchone()
    if cursor != str(summary["revisions"]):
        yield f"{source}: the cursor is {cursor}, the youngest revision {summary['revisions']}"

    # A folder that is gone is still there as a package that will turn out to be missing.
    found = {slug for (slug,) in database.execute("SELECT key FROM packages WHERE source = ?", [source])}
    wanted = {slug for slug in summary["slugs"] if USABLE.match(slug)}
    known = {slug for slug in summary["last_change"] if USABLE.match(slug)}
    for slug in sorted(wanted - found):
        yield f"{source}: {slug} is not there"
    for slug in sorted(found - known):
        yield f"{source}: {slug} was made up"

    folders = {}
    for slug, *change in database.execute(FOLDERS, [source]):
        folders.setdefault(slug, []).append(change)
    places = {
        (slug, path): standing(
            appeared, revision, changed, removed,
            [change for change in folders.get(slug, []) if path.startswith(change[0])],
        )
        for slug, path, appeared, revision, changed, removed in database.execute(PLACES, [source]) if slug in wanted
    }
    # Of a copy of another folder the log names no place: one rule holds for all in it.
    for slug, path in ((slug, path) for slug, paths in summary["facts"].items() if slug in wanted for path in paths):
        above = [change for change in folders.get(slug, []) if path.startswith(change[0])]
        if (slug, path) not in places and above and above[-1][3] is not None:
            places[slug, path] = (None, above[-1][1], above[-1][2])
    places = {place: stands for place, stands in places.items() if stands}
    for (slug, path), (appeared, revision, changed) in list(places.items()):
        if revision == summary["unsure"].get(slug, {}).get(path):
            places[slug, path] = None
    expected = {
        (slug, path): (appeared, revision, milliseconds(summary["dates"].get(str(revision))))
        for slug, paths in summary["facts"].items() if slug in wanted
        for path, (appeared, revision) in paths.items()
    }
    for place in sorted(places.keys() | expected.keys()):
        if place in places and places[place] is None:
            continue
        if places.get(place) != expected.get(place):
            yield f"{source}: {'/'.join(place)} is {places.get(place)}, not {expected.get(place)}"
    for slug in summary["copied"] if url else []:
        for path, revision in last_changes(url, slug).items():
            stands = places.get((slug, path), (None, None, None))
            # Other paths of the same revision, and places that began with the copy, are later than what Subversion says.
            if stands and (stands[1] is None or stands[1] < revision or (stands[0] and stands[1] != revision)):
                yield f"{source}: {slug}/{path} is {stands}; svn info says {revision}"
    print(f"{source}: {len(found)} packages, {len(places)} places, revision {cursor}")


def main(path, pairs):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    count = 0
    for source, summary in (pair.split("=", 1) for pair in pairs):
        summary, _, url = summary.partition(",")
        with open(summary, encoding="utf-8") as file:
            for problem in problems(database, source, json.load(file), url):
                count += 1
                if count <= 30:
                    print(problem)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
