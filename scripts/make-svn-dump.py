#!/usr/bin/env python3
"""Writes a Subversion dump (format 2) of a made-up repository, laid out like one of WordPress.org's.

    make-svn-dump.py --slugs 2000 --revisions 10000 [--shape plugins|themes] [--odd] [--seed 1] [--summary FILE] > DUMP

The same arguments give the same bytes. A plugin is born with trunk/, tags/ and assets/; later revisions change its
trunk, copy trunk to tags/x.y.z, touch assets, rewrite, delete and replace. A theme is born with a first release, a
folder SLUG/x.y.z, and gets more of them. --odd ends the history with what a reader of the log has to survive: control
characters and markup in messages, missing author, date or message, an empty revision, a change of the root itself, a
file and strange names at the top level, strange paths, a slug deleted, born again, and replaced; folders of tags and whole
slugs that go and come back as copies of themselves, late or early, or of another one's, of which the log names nothing
but the folder.

--summary writes what is true at the end, worked out from the nodes that were written:
    revisions    the youngest revision
    head_date    its date
    slugs        the top-level folders, strange ones included, sorted
    last_change  slug -> last revision that touched anything of it, for slugs that are gone too
    last_due     slug -> last revision that touched something other than assets/ or branches/
    facts        slug -> path ("trunk", "tags/1.2", for themes "1.2") -> [appeared in, last changed in]. What a copy of the
                 same folder brings back keeps both; what a copy of another one brings begins with the copy: Subversion
                 knows no such path before. When it appeared is null then, as no log tells.
    unsure       slug -> path -> the revision of a copy: of the same folder, that brought it back from before its last
                 change, and is as right for it; or of another one, that may or may not have it
    copied       slugs in which a folder was put into place by a copy
    dates        revision -> its date, of the revisions that facts name
    odd          revision -> which oddity it is
"""
import argparse
import copy
import datetime
import hashlib
import json
import random
import sys

WORDS = (
    "form gallery cache seo slider widget backup editor menu shop mail social share login table chart popup cookie "
    "image video map search feed code block theme admin user event booking review quiz chat font icon color post page"
).split()

ODDITIES = (
    "control-characters", "markup", "bad-utf8", "no-author", "no-message", "no-properties", "empty", "root-properties",
    "top-level-file", "odd-paths", "odd-slugs", "slug-deleted", "slug-born-again", "slug-replaced",
    "tags-deleted", "tags-restored", "tag-rewritten", "tags-set-back", "slug-copied", "slug-lost", "slug-restored",
    "tags-of-another",
)

ODD_PATHS = (
    "with space.txt", "am&p<lt>.txt", "100%25.txt", "plus+sign.txt", "ünï-日本.txt", "q?x#y.txt", "a'b\"c.txt",
)
ODD_SLUGS = (
    "-dash", "_under", "UPPER-case", "ünïcode", "with space", "100%", "a&b", "!svnlike", "0", "x" * 200,
)


class Ledger:
    """What the nodes that were written add up to."""

    def __init__(self, shape):
        self.shape = shape
        self.slugs, self.last_change, self.last_due, self.facts = set(), {}, {}, {}
        # What facts were, for the revisions that something is copied from; and when the log last named a place.
        self.kept, self.unsure, self.named, self.copies = {}, {}, {}, set()

    def keep(self, revision):
        self.kept[revision] = copy.deepcopy(self.facts)

    def copied(self, revision, path, source, at):
        """What a copied folder brings along without a word in the log."""
        slug, _, folder = path.partition("/")
        facts = self.facts.setdefault(slug, {})
        self.copies.add(slug)
        for place in [place for place in facts if place.startswith(folder)]:
            del facts[place]
        if source != path:
            # Whether the copy has them too, no log tells.
            known = (place for owner, place in self.named if owner == slug and place.startswith(folder))
            self.unsure.setdefault(slug, {}).update((place, revision) for place in known)
        for place, pair in self.kept[at].get(source.partition("/")[0], {}).items():
            if not place.startswith(folder):
                continue
            facts[place] = list(pair) if source == path else [None, revision]
            if source == path and self.named.get((slug, place), 0) > at:
                self.unsure.setdefault(slug, {})[place] = revision

    def note(self, revision, path, action, kind):
        parts = path.split("/")
        slug = parts[0]
        if not slug or (len(parts) == 1 and kind == "file"):
            return
        self.last_change[slug] = revision
        if len(parts) == 1 or parts[1] not in ("assets", "branches"):
            self.last_due[slug] = revision
        if len(parts) == 1 and action in ("add", "delete", "replace"):
            self.facts[slug] = {}
            (self.slugs.discard if action == "delete" else self.slugs.add)(slug)
        if parts[1:] == ["tags"] and action in ("delete", "replace"):
            self.facts[slug] = {place: pair for place, pair in self.facts[slug].items() if place == "trunk"}
        place = self.place(parts)
        if not place:
            return
        facts = self.facts[slug]
        self.named[slug, place] = revision
        is_place = path == f"{slug}/{place}"
        if is_place and action == "delete":
            facts.pop(place, None)
        elif is_place and action in ("add", "replace"):
            facts[place] = [revision, revision]
        elif place in facts:
            facts[place][1] = revision

    def place(self, parts):
        """The part of a path that a version is made of, None for other paths."""
        if self.shape == "themes":
            return parts[1] if len(parts) > 1 else None
        if len(parts) > 1 and parts[1] == "trunk":
            return "trunk"
        return "/".join(parts[1:3]) if len(parts) > 2 and parts[1] == "tags" else None


class Dump:
    """Writes revisions and nodes, and tells the ledger."""

    def __init__(self, out, ledger, uuid):
        self.out, self.ledger, self.revision = out, ledger, 0
        self.write(f"SVN-fs-dump-format-version: 2\n\nUUID: {uuid}\n\n")

    def write(self, content):
        self.out.write(content.encode() if isinstance(content, str) else content)

    @staticmethod
    def properties(pairs):
        body = b""
        for key, value in pairs.items():
            key, value = key.encode(), value if isinstance(value, bytes) else value.encode()
            body += b"K %d\n%s\nV %d\n%s\n" % (len(key), key, len(value), value)
        return body + b"PROPS-END\n"

    def begin(self, number, properties):
        body = self.properties(properties)
        self.revision = number
        self.write(f"Revision-number: {number}\nProp-content-length: {len(body)}\nContent-length: {len(body)}\n\n")
        self.write(body + b"\n")

    def node(self, path, action, kind=None, text=None, properties=None, copied_from=None):
        self.ledger.note(self.revision, path, action, kind)
        if copied_from and (path.count("/") == 0 or path.endswith("/tags")):
            self.ledger.copied(self.revision, path, copied_from[1], copied_from[0])
        head = [f"Node-path: {path}"]
        if kind:
            head.append(f"Node-kind: {kind}")
        head.append(f"Node-action: {action}")
        if copied_from:
            head += [f"Node-copyfrom-rev: {copied_from[0]}", f"Node-copyfrom-path: {copied_from[1]}"]
        body = b""
        if properties is not None or (action in ("add", "replace") and not copied_from):
            body = self.properties(properties or {})
            head.append(f"Prop-content-length: {len(body)}")
        if text is not None:
            data = text.encode()
            head += [f"Text-content-length: {len(data)}", f"Text-content-md5: {hashlib.md5(data).hexdigest()}"]
            body += data
        if body:
            head.append(f"Content-length: {len(body)}")
        self.write("\n".join(head) + "\n\n")
        self.write(body + b"\n\n")

    def folder(self, path):
        self.node(path, "add", "dir")

    def add(self, path, text):
        self.node(path, "add", "file", text)

    def change(self, path, text):
        self.node(path, "change", "file", text)


class Extension:
    """A plugin or a theme with the state that its next commit depends on."""

    def __init__(self, slug, author):
        self.slug, self.author = slug, author
        self.numbers, self.tags, self.extra_files = [1, 0, 0], [], []
        self.images = self.serial = 0

    @property
    def version(self):
        return ".".join(map(str, self.numbers))

    def bump(self, dice):
        part = dice.choices((0, 1, 2), (1, 6, 13))[0]
        self.numbers[part:] = [self.numbers[part] + 1] + [0] * (2 - part)

    def text(self, name):
        """New content for a file of its trunk."""
        self.serial += 1
        if name == "readme.txt":
            return (f"=== {self.slug} ===\nContributors: {self.author}\nStable tag: {self.version}\n\n"
                    f"Serial {self.serial}.\n")
        if name == f"{self.slug}.php":
            return f"<?php\n/**\n * Plugin Name: {self.slug}\n * Version: {self.version}\n */\n// {self.serial}\n"
        return f"<?php // {name} {self.serial}\n"


class History:
    def __init__(self, arguments, out):
        self.arguments = arguments
        self.is_themes = arguments.shape == "themes"
        self.dice = random.Random(arguments.seed)
        self.ledger = Ledger(arguments.shape)
        self.dump = Dump(out, self.ledger, f"5eed0000-0000-4000-8000-{arguments.seed:012d}")
        self.start = datetime.datetime.fromisoformat(arguments.first_date)
        self.living, self.gone, self.odd = [], [], {}

    def date(self, number):
        since = datetime.timedelta(seconds=self.arguments.step * number, microseconds=number * 7919 % 1_000_000)
        return (self.start + since).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"

    def begin(self, number, author, message):
        properties = {"svn:log": message, "svn:author": author, "svn:date": self.date(number)}
        self.dump.begin(number, {key: value for key, value in properties.items() if value is not None})

    def write(self):
        arguments, revisions = self.arguments, self.arguments.revisions
        self.dump.begin(0, {"svn:date": self.date(0)})
        odd = list(ODDITIES) if arguments.odd and not self.is_themes else []
        # Born in the first half of the history, in another order than the alphabet's.
        unborn = [Extension(slug, f"author{index % (arguments.slugs // 3 + 1)}")
                  for index, slug in enumerate(slugs(arguments.slugs))][::-1]
        a_revision = -(-arguments.slugs // max(1, revisions // 2))
        chance = 2 * min(1, arguments.slugs / revisions)
        for number in range(1, revisions + 1):
            left = revisions - number + 1
            if odd and left <= len(odd) and not unborn:
                self.odd[number] = odd.pop(0)
                self.write_odd(number, self.odd[number])
            elif unborn and (
                not self.living or -(-len(unborn) // a_revision) >= left - len(odd) or self.dice.random() < chance
            ):
                self.write_births(number, [unborn.pop() for _ in range(min(a_revision, len(unborn)))])
            else:
                # A few extensions take most of the commits.
                extension = self.living[int(len(self.living) * self.dice.random() ** 2.5)]
                (self.write_theme if self.is_themes else self.write_plugin)(number, extension)

    def summary(self):
        ledger = self.ledger
        named = {revision for places in ledger.facts.values() for pair in places.values()
                 for revision in pair if revision}
        return {
            "revisions": self.arguments.revisions,
            "head_date": self.date(self.arguments.revisions),
            "slugs": sorted(ledger.slugs),
            "last_change": ledger.last_change,
            "last_due": ledger.last_due,
            "facts": {slug: places for slug, places in ledger.facts.items() if slug in ledger.slugs},
            "unsure": ledger.unsure,
            "copied": sorted(ledger.copies & ledger.slugs),
            "dates": {revision: self.date(revision) for revision in named
                      if self.odd.get(revision) != "no-properties"},
            "odd": self.odd,
        }

    # Ordinary revisions

    def write_births(self, number, extensions):
        names = ", ".join(extension.slug for extension in extensions[:5])
        self.begin(number, "themedropbox" if self.is_themes else "plugin-master", f"Adding {names}.")
        for extension in extensions:
            self.dump.folder(extension.slug)
            self.release(extension) if self.is_themes else self.lay_out(extension)
        self.living += extensions

    def lay_out(self, plugin):
        for part in ("assets", "tags", "trunk"):
            self.dump.folder(f"{plugin.slug}/{part}")
        for name in ("readme.txt", f"{plugin.slug}.php"):
            self.dump.add(f"{plugin.slug}/trunk/{name}", plugin.text(name))

    def release(self, theme):
        folder = f"{theme.slug}/{theme.version}"
        self.dump.folder(folder)
        self.dump.add(f"{folder}/style.css", f"/*\nTheme Name: {theme.slug}\nVersion: {theme.version}\n*/\n")
        self.dump.add(f"{folder}/index.php", theme.text("index.php"))
        theme.bump(self.dice)

    def write_theme(self, number, theme):
        self.begin(number, "themedropbox", f"New version of {theme.slug} - {theme.version}")
        self.release(theme)

    def write_plugin(self, number, plugin):
        dice = self.dice.random()
        if dice < 0.22:
            self.write_tag(number, plugin)
        elif dice < 0.32:
            plugin.images += 1
            self.begin(number, plugin.author, "Update assets")
            self.dump.add(f"{plugin.slug}/assets/screenshot-{plugin.images}.png", f"png {number}\n")
        elif dice < 0.36 and len(plugin.tags) > 3:
            old = plugin.tags.pop(0)
            self.begin(number, plugin.author, f"Remove old tag {old}")
            self.dump.node(f"{plugin.slug}/tags/{old}", "delete")
        elif dice < 0.40 and plugin.tags:
            self.begin(number, plugin.author, "Fix stable tag\n\nTested up to 6.7 <3 & \"more\".\n")
            self.dump.change(f"{plugin.slug}/tags/{plugin.tags[-1]}/readme.txt", plugin.text("readme.txt"))
        elif dice < 0.43:
            other = self.living[self.dice.randrange(len(self.living))]
            self.begin(number, plugin.author, "Two plugins at once")
            for each in {plugin.slug: plugin, other.slug: other}.values():
                self.dump.change(f"{each.slug}/trunk/readme.txt", each.text("readme.txt"))
        elif dice < 0.46:
            name = f"{plugin.slug}.php"
            self.begin(number, plugin.author, "Replace the main file")
            self.dump.node(f"{plugin.slug}/trunk/{name}", "replace", "file", plugin.text(name))
        elif dice < 0.49:
            self.begin(number, plugin.author, "Set properties only")
            self.dump.node(f"{plugin.slug}/trunk", "change", "dir",
                           properties={"svn:ignore": "node_modules\n", "serial": str(number)})
        else:
            self.write_trunk(number, plugin)

    def write_tag(self, number, plugin):
        plugin.bump(self.dice)
        self.begin(number, plugin.author, f"tagging version {plugin.version}")
        tag = f"{plugin.slug}/tags/{plugin.version}"
        self.dump.node(tag, "add", "dir", copied_from=(number - 1, f"{plugin.slug}/trunk"))
        self.dump.change(f"{tag}/readme.txt", plugin.text("readme.txt"))
        self.dump.change(f"{plugin.slug}/trunk/{plugin.slug}.php", plugin.text(f"{plugin.slug}.php"))
        plugin.tags.append(plugin.version)

    def write_trunk(self, number, plugin):
        self.begin(number, plugin.author, self.dice.choice(("Fix", "Update readme", f"Version {plugin.version} ✓", "")))
        known = list(plugin.extra_files)
        for index in range(self.dice.choice((1, 1, 2, 4))):
            if len(known) < 3 or (len(plugin.extra_files) < 12 and self.dice.random() < 0.3):
                name = f"inc-{number}-{index}.php"
                plugin.extra_files.append(name)
                self.dump.add(f"{plugin.slug}/trunk/{name}", plugin.text(name))
                continue
            # Taken out of the known ones: a file is touched once in a revision.
            name = known.pop(self.dice.randrange(len(known)))
            if self.dice.random() < 0.15:
                plugin.extra_files.remove(name)
                self.dump.node(f"{plugin.slug}/trunk/{name}", "delete")
            else:
                self.dump.change(f"{plugin.slug}/trunk/{name}", plugin.text(name))

    # Odd revisions

    def write_odd(self, number, oddity):
        messages = {
            "control-characters": b"bell \x07 backspace \x08 escape \x1b[1m vertical tab \x0b one \x01 end",
            "markup": "</D:comment><S:log-item>&amp; ]]> <!-- \"quoted\" 'x' é 日本 \U0001f600",
            "bad-utf8": b"latin-1 caf\xe9",
        }
        plugin, dump = self.living[0], self.dump
        if oddity in messages or oddity in ("no-author", "no-message", "no-properties"):
            if oddity == "no-properties":
                dump.begin(number, {})
            else:
                author = None if oddity == "no-author" else plugin.author
                message = None if oddity == "no-message" else messages.get(oddity, "nobody")
                self.begin(number, author, message)
            dump.change(f"{plugin.slug}/trunk/readme.txt", plugin.text("readme.txt"))
            return
        self.begin(number, "svn-admin", oddity)
        if oddity == "root-properties":
            dump.node("", "change", "dir", properties={"svn:note": str(number)})
        elif oddity == "top-level-file":
            dump.add("robots.txt", "User-agent: *\n")
        elif oddity == "odd-paths":
            for name in ODD_PATHS:
                dump.add(f"{plugin.slug}/assets/{name}", "x\n")
        elif oddity == "odd-slugs":
            for name in ODD_SLUGS:
                dump.folder(name)
        elif oddity == "slug-deleted":
            self.gone.append(self.living.pop())
            dump.node(self.gone[-1].slug, "delete")
        elif oddity == "slug-born-again":
            old = self.gone.pop()
            again = Extension(old.slug, old.author)
            dump.folder(again.slug)
            self.lay_out(again)
            self.living.append(again)
        elif oddity == "slug-replaced":
            # Not the last one, which was born again in the revision before.
            old = self.living[-2]
            self.living[-2] = fresh = Extension(old.slug, old.author)
            dump.node(fresh.slug, "replace", "dir")
            self.lay_out(fresh)
        else:
            self.write_copy(number, oddity)

    def write_copy(self, number, oddity):
        dump, tagged = self.dump, [plugin for plugin in self.living if len(plugin.tags) > 1]
        first, second, third = tagged[:3]
        tags = f"{first.slug}/tags"
        if oddity == "tags-deleted":
            self.ledger.keep(number - 1)
            self.kept = number - 1
            dump.node(tags, "delete")
        elif oddity == "tags-restored":
            dump.node(tags, "add", "dir", copied_from=(self.kept, tags))
            # In the same revision one of them is touched.
            dump.change(f"{tags}/{first.tags[0]}/readme.txt", first.text("readme.txt"))
        elif oddity == "tag-rewritten":
            dump.change(f"{tags}/{first.tags[-1]}/readme.txt", first.text("readme.txt"))
        elif oddity == "tags-set-back":
            dump.node(tags, "replace", "dir", copied_from=(self.kept, tags))
        elif oddity == "slug-copied":
            self.ledger.keep(number - 1)
            dump.node("born-as-a-copy", "add", "dir", copied_from=(number - 1, second.slug))
        elif oddity == "slug-lost":
            self.ledger.keep(number - 1)
            self.kept = number - 1
            dump.node(second.slug, "delete")
        elif oddity == "slug-restored":
            dump.node(second.slug, "add", "dir", copied_from=(self.kept, second.slug))
        elif oddity == "tags-of-another":
            self.ledger.keep(number - 1)
            dump.node(f"{third.slug}/tags", "replace", "dir", copied_from=(number - 1, f"{first.slug}/tags"))


def slugs(count):
    dice, found = random.Random("slugs"), {}
    while len(found) < count:
        name = "-".join(dice.sample(WORDS, dice.choice((1, 2, 2, 3))))
        found[f"{name}-{len(found)}" if name in found else name] = None
    return list(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slugs", type=int, default=50)
    parser.add_argument("--revisions", type=int, default=500)
    parser.add_argument("--shape", choices=("plugins", "themes"), default="plugins")
    parser.add_argument("--odd", action="store_true", help="plugins only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-date", default="2024-01-01T00:00:00")
    parser.add_argument("--step", type=int, default=37, help="seconds between revisions")
    parser.add_argument("--summary", metavar="FILE")
    arguments = parser.parse_args()
    history = History(arguments, sys.stdout.buffer)
    history.write()
    sys.stdout.buffer.flush()
    if arguments.summary:
        with open(arguments.summary, "w", encoding="utf-8") as file:
            json.dump(history.summary(), file, indent=1, sort_keys=True, ensure_ascii=False)


if __name__ == "__main__":
    main()
