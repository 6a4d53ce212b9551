"""Time that passes for the stages, a part of the directory, and what a database consists of: for years.py, rewriting.py."""
import gzip
import json
import subprocess
import threading
import zlib

import machine

DAY = 86_400
# What can grow, as a question that both databases answer.
COUNTS = {
    "packages": "SELECT count(*) FROM packages",
    "objects": "SELECT count(*) FROM objects",
    "feed": "SELECT count(*) FROM stamps WHERE position IS NOT NULL",
    "facts": "SELECT count(*) FROM log_facts",
    "of removed paths": "SELECT count(*) FROM log_facts WHERE removed = 1",
    "folders": "SELECT count(*) FROM log_folders",
    "runs": "SELECT count(*) FROM pipeline_runs",
    "blobs": "SELECT count(*) FROM blobs",
    "unnamed": "SELECT count(*) FROM blobs WHERE refs = 0",
    "tombstones": "SELECT count(*) FROM objects WHERE content_hash IS NULL AND deployed_hash IS NULL",
}


def library(folder):
    """What makes a process's clock run ahead."""
    library = folder / "skewed-clock.so"
    source = machine.ROOT / "scripts" / "skewed-clock.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


def let_pass(world, seconds, preloaded):
    """From now on the stages' clock is so far ahead; over PostgreSQL, whose clock decides, the server's has to be too."""
    world.environment |= {"LD_PRELOAD": str(preloaded), "SKEW_SECONDS": str(seconds)}


def part_of_directory(data, folder, count):
    """A folder of `count` packages of the recorded directory and what changed of them: those that changed come first."""
    folder.mkdir()
    names = {prefix: sorted(data.glob(f"wporg-{prefix}*.gz"))[-1] for prefix in ("plugins-all", "themes-all", "update-events")}
    with gzip.open(names["update-events"], "rt", encoding="utf-8") as file:
        head, *events = file.readlines()
    changed = {tuple(event.split("\t")[1:4:2]) for event in events}
    lines = []
    for kind in ("plugins", "themes"):
        with gzip.open(names[f"{kind}-all"], "rt", encoding="utf-8") as file:
            lines += [((kind, json.loads(line)["slug"]), line) for line in file if line.strip()]
    # The same ones each time, and not those whose names are alike.
    lines.sort(key=lambda each: (each[0] not in changed, zlib.crc32(each[0][1].encode())))
    kept = lines[:count] if count else lines
    slugs = {name for name, _ in kept}
    for kind in ("plugins", "themes"):
        with gzip.open(folder / names[f"{kind}-all"].name, "wt", encoding="utf-8") as file:
            file.writelines(line for (of, _), line in kept if of == kind)
    with gzip.open(folder / names["update-events"].name, "wt", encoding="utf-8") as file:
        file.writelines([head, *(event for event in events if tuple(event.split("\t")[1:4:2]) in slugs)])
    return folder


def counts(database):
    return {name: database.query(question)[0] for name, question in COUNTS.items()}


def tables(database):
    """Megabytes of each table with its indexes, and those that are free."""
    if database.name == "PostgreSQL":
        rows = database.query(
            "SELECT string_agg(relname || ' ' || pg_total_relation_size(oid), ',') FROM pg_class WHERE relkind = 'r' AND "
            "relnamespace = 'public'::regnamespace")[0]
        return {row.split()[0]: int(row.split()[1]) / 1e6 for row in rows.split(",")}
    (rows,) = database.query(
        "SELECT group_concat(name || ' ' || size) FROM (SELECT tbl_name AS name, sum(pgsize) AS size FROM dbstat "
        "JOIN sqlite_schema USING (name) GROUP BY tbl_name)")
    size = {row.split()[0]: int(row.split()[1]) / 1e6 for row in rows.split(",")}
    free, page = database.query("SELECT freelist_count, page_size FROM pragma_freelist_count, pragma_page_size")
    return size | {"free": free * page / 1e6}


class LargestLog:
    """The most megabytes that SQLite's log had meanwhile: it is gone when a stage has ended."""

    def __init__(self, database):
        self.file = database.file.with_name(database.file.name + "-wal") if database.name == "SQLite" else None
        self.megabytes, self.ended = 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        while self.file and not self.ended.wait(0.02):
            try:
                self.megabytes = max(self.megabytes, self.file.stat().st_size / 1e6)
            except FileNotFoundError:
                pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
