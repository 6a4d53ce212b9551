#!/usr/bin/env python3
"""bench.py --bin FOLDER: measures the stages over the whole WordPress.org directory of one day and eight weeks of events.

Upstream and the S3 store are two processes of packline-sandbox; every stage is a process of its own, as in production.
Measured are: a cold discover, update and sync into an empty database and an empty bucket; rounds in which nothing has
changed; 15,043 real changes replayed in 100 rounds; and what a long change log costs discover in memory; the cold run
over PostgreSQL; the same over a generated Packagist, and 500 changes of it; archives beside curl and rclone; what serve answers in a second beside nginx; one and four sync processes before a store with 50 ms of latency; and what the stages ask of both
databases at 10,000 to 1,000,000 packages. The tables are printed and appended to Benchmarks/RESULTS.md, the plans of the
questions written to Benchmarks/PLANS.md. Also what becomes of a database in which everything is rewritten again and again, or
which follows the recorded changes for years (--days 3650 --part 0 for ten years of everything: that takes a night).
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import advisories
import aging
import archives
import databases
import machine
import peers
import rewriting
import serving
import years
from processes import Server, Usage, measure

STAGES = ("discover", "update", "sync")
# How often 100 changes are uploaded; the median counts, because a tenth of a second may fall into a slow moment.
SYNC_ROUNDS = 9
# How often 500 packages of a Composer repository are changed; the median counts.
CHANGE_ROUNDS = 5
PARTS = ("log", "listing", "cold", "serve", "postgres", "questions", "replay", "packagist", "archives", "advisories",
         "rewriting", "years")
# Hours each: measured where they are named.
LONG = ("rewriting", "years")
HERE = pathlib.Path(__file__).resolve().parent


class World:
    """Upstream, store, and a database and bucket to fill from them.

    Upstream is the recorded directory, or what `repository` says to the sandbox: then the only source is that one.
    """

    def __init__(self, arguments, folder, *flags, database=None, repository=None, data=None):
        folder.mkdir()
        self.database = database or databases.SQLite(folder / "packline.sqlite")
        self.bin, self.folder, self.log = arguments.bin, folder, folder / "stages.log"
        sandbox = [arguments.bin / "packline-sandbox", "--no-write-log"]
        directory = ["--composer", repository, *flags] if repository else ["--world", "directory", "--data", data or arguments.data,
                                                                              *flags]
        self.upstream = Server([*sandbox, *directory, "--only", "upstream"], folder, "upstream")
        # Of archives it keeps sizes and hashes: they would not fit into memory.
        self.store = Server([*sandbox, "--only", "s3", "--any-time", "--forget-bodies", "dist/"], folder, "store")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PACKLINE_", "AWS_"))},
            "PACKLINE_DATABASE_URL": self.database.url,
            "PACKLINE_BUCKET_URL": "s3://packline",
            "PACKLINE_S3_ENDPOINT": self.store.url,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandboxsecret",
            "PACKLINE_WPORG_API_URL": self.upstream.url,
            "PACKLINE_WPORG_PLUGINS_SVN_URL": f"{self.upstream.url}/svn/plugins",
            "PACKLINE_WPORG_THEMES_SVN_URL": f"{self.upstream.url}/svn/themes",
            "PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL": f"{self.upstream.url}/svn/plugins",
            "PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL": f"{self.upstream.url}/svn/themes",
            "PACKLINE_WPORG_DOWNLOADS_URL": self.upstream.url,
            "PACKLINE_LOG_LEVEL": "warning",
        }
        self.sources = 2
        if repository:
            name = repository.partition("=")[0]
            self.sources = 1
            self.environment |= {"PACKLINE_SOURCES": f"composer:{name}",
                                 "PACKLINE_COMPOSER_URL": f"{self.upstream.url}/{name}"}

    def stage(self, name):
        """Runs a stage, or `packline` with the words after it."""
        name, *words = name.split()
        flags = ["--rate", "0"] if name == "update" else words
        # 3: some packages failed and will be tried again; the table says how many.
        return measure([self.bin / name, *flags], self.environment, self.log, accepted=(0, 3))

    def upstream_routes(self):
        """Requests to upstream so far, by what they were."""
        return json.loads(self.upstream.ask("/_sandbox/stats"))["requests"]

    def requests(self):
        """Requests so far: to upstream, and by what they were to the store."""
        asked = self.upstream_routes()
        stored = json.loads(self.store.ask("/_sandbox/stats"))["requests"]
        return {
            "upstream": sum(count for route, count in asked.items() if route.startswith(("plugins-", "themes-", "composer-"))),
            "put": stored.get("s3-put", 0),
            "delete": stored.get("s3-delete", 0) + stored.get("s3-multi-delete", 0),
            "store": sum(stored.values()),
        }

    def __len__(self):
        """Documents that are live."""
        return self.database.query("SELECT count(*) FROM objects WHERE length(deployed_hash) = 32")[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.upstream.stop()
        self.store.stop()


def difference(after, before):
    return {name: after[name] - before[name] for name in after}


def table(head, rows, left=1):
    lines = [head, [*["---"] * left, *["---:"] * (len(head) - left)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def cold(world):
    rows, total, asked = [], Usage(), {"upstream": 0, "store": 0}
    for name in STAGES:
        before, servers = world.requests(), world.upstream.cpu + world.store.cpu
        usage = world.stage(name)
        used = difference(world.requests(), before)
        (packages,) = world.database.query("SELECT count(*) FROM packages")
        (active,) = world.database.query("SELECT count(*) FROM packages WHERE payload_hash IS NOT NULL")
        done = {"discover": packages, "update": active, "sync": used["put"]}[name]
        rows.append([
            name, f"{usage.wall:.2f}", f"{usage.cpu:.2f}", f"{usage.peak:.0f}", f"{done:,}", f"{done / usage.wall:,.0f}",
            f"{used['upstream']:,}", f"{used['store']:,}",
            f"{world.upstream.cpu + world.store.cpu - servers:.1f}",
        ])
        total += usage
        asked = {key: asked[key] + used[key] for key in asked}
        if name == "update":
            world.update = usage
        if name == "sync":
            world.sync_rate, world.sync_cpu = used["put"] / usage.wall, 1e6 * usage.cpu / used["put"]
    rows.append(["all", f"{total.wall:.2f}", f"{total.cpu:.2f}", f"{total.peak:.0f}", "", "", f"{asked['upstream']:,}",
                 f"{asked['store']:,}", ""])
    documents, failing = world.database.query(
        "SELECT count(*) FILTER (WHERE length(deployed_hash) = 32), count(*) FILTER (WHERE attempts > 0) FROM objects")
    (refused,) = world.database.query("SELECT count(*) FROM packages WHERE attempts > 0")
    head = ["cold", "wall s", "CPU s", "peak MB", "items", "items/s", "requests upstream", "requests to the store",
            "servers' CPU s"]
    return table(head, rows) + (
        f"\n\nLive objects {documents:,}; database {world.database.megabytes():,.0f} MB; failing packages {refused}, "
        f"documents {failing}. Items are packages found, packages derived, objects written."
    )


def no_change(world, rounds):
    walls, by_stage, cpu, peak, used = [], {name: [] for name in STAGES}, [], 0, []
    floor = statistics.median(
        measure([world.bin / "sync", "--version"], world.environment, world.log).wall for _ in range(5))
    for _ in range(rounds):
        before, total = world.requests(), Usage()
        for name in STAGES:
            usage = world.stage(name)
            by_stage[name].append(usage.wall)
            total += usage
        walls.append(total.wall)
        cpu.append(total.cpu)
        peak = max(peak, total.peak)
        used.append(difference(world.requests(), before))
    rows = [[name, f"{1000 * statistics.median(by_stage[name]):.0f}"] for name in STAGES]
    rows.append(["all three", f"{1000 * statistics.median(walls):.0f}"])
    # All three in one process, as often again.
    together = [world.stage("packline run").wall for _ in range(rounds)]
    rows.append(["packline run", f"{1000 * statistics.median(together):.0f}"])
    worst = {key: max(each[key] for each in used) for key in used[0]}
    return table([f"nothing changed, median of {rounds}", "wall ms"], rows) + (
        f"\n\nCPU {1000 * statistics.median(cpu):.0f} ms, peak {peak:.0f} MB; at most {worst['upstream']} requests "
        f"upstream ({world.sources} sources), {worst['put']} PUT, {worst['store']} requests to the store. Starting and ending a "
        f"process that does nothing takes {1000 * floor:.0f} ms: {3 * 1000 * floor:.0f} ms of the round."
    )


def beside_peers(world, changed=100):
    """`sync` beside tools that bring a bucket up to date with a folder: all objects, and a few that have changed."""
    folder = world.folder / "peers"
    folder.mkdir()
    fastest = peers.filling(world, folder)
    if not fastest.is_there():
        return f"No peers for sync: {fastest.command[0]} is not there."
    peers.export(world.folder / "packline.sqlite", folder / "files")
    wall, cpu, _, put = fastest.run(world)
    text = (
        f"Peer for sync: {fastest.name} copies {put:,} of the same documents from files into the same store at "
        f"{put / wall:,.0f} objects/s with {1e6 * cpu / put:.0f} µs of CPU time each; sync's {world.sync_rate:,.0f}/s are "
        f"{world.sync_rate * wall / put:.1f} times that, with {world.sync_cpu:.0f} µs each, database included."
    )
    # The sandbox's store sorts its keys at the first listing: that is nobody's cost.
    world.stage("sync verify")
    # Started as they are, without the program that measures memory, which takes milliseconds itself.
    sync, runs = peers.Peer("sync", [world.bin / "sync"], world.environment), []
    for number in range(SYNC_ROUNDS):
        # As if each had content that is not live.
        world.database.execute(
            "UPDATE objects SET deployed_hash = NULL WHERE key IN (SELECT key FROM objects WHERE kind = 'document' AND "
            f"content_hash IS NOT NULL ORDER BY content_hash LIMIT {changed} OFFSET {number * changed})")
        runs.append(sync.run(world))
    ours, cpu, requests, put = sorted(runs)[SYNC_ROUNDS // 2]
    rows = [[f"sync, median of {SYNC_ROUNDS}", f"{ours:.3f}", f"{cpu:.3f}", f"{requests:,}", f"{put:,}", ""]]
    for number, tool in enumerate(peers.updating(world, folder)):
        # A second's pause: listings give times in seconds.
        time.sleep(1.5)
        peers.change(folder, changed, number)
        wall, cpu, requests, put = tool.run(world)
        rows.append([tool.name, f"{wall:.2f}", f"{cpu:.2f}", f"{requests:,}", f"{put:,}", f"{wall / ours:.0f}"])
    shutil.rmtree(folder)
    head = [f"{changed} changed of {len(world):,}", "wall s", "CPU s", "requests", "PUT", "times sync's wall"]
    return text + "\n\n" + table(head, rows)


def beside_nginx(arguments, world, postgres):
    count, rows, sentences = serving.compare(world, postgres, world.folder / "serving", 6, arguments.requests)
    head = ["answers", "server", "requests/s", "CPU µs each", "p50 ms", "p99 ms", "of nginx, as private"]
    return (f"{count:,} documents of the real sizes, in turn, over {serving.CONNECTIONS} connections; wrk takes its share "
            f"of the processors, and so does PostgreSQL, whose CPU time is not counted here; median of three runs in turns."
            f"\n\n{table(head, rows, left=2)}\n\n{sentences}")


def replay(world, rounds):
    totals, walls, before, events = {name: Usage() for name in STAGES}, [], world.requests(), 0
    for _ in range(rounds):
        answer = json.loads(world.upstream.ask("/_sandbox/replay-round", {}))
        events += answer["applied"]
        wall = 0.0
        for name in STAGES:
            usage = world.stage(name)
            totals[name] += usage
            wall += usage.wall
        walls.append(wall)
    used = difference(world.requests(), before)
    total = sum(totals.values(), Usage())
    rows = [[name, f"{usage.wall:.2f}", f"{usage.cpu:.2f}", f"{usage.peak:.0f}"] for name, usage in totals.items()]
    rows.append(["all", f"{total.wall:.2f}", f"{total.cpu:.2f}", f"{total.peak:.0f}"])
    (dirty,) = world.database.query("SELECT count(*) FROM objects WHERE content_hash IS DISTINCT FROM deployed_hash")
    (failing,) = world.database.query("SELECT count(*) FROM packages WHERE attempts > 0")
    return table([f"{rounds} rounds of changes", "wall s", "CPU s", "peak MB"], rows) + (
        f"\n\n{events:,} changes replayed; a round takes {statistics.median(walls):.2f} s (median), "
        f"{max(walls):.2f} s at most. {used['upstream']:,} requests upstream, {used['put']:,} PUT, "
        f"{used['delete']:,} DELETE. Dirty at the end {dirty}, failing packages {failing}; "
        f"database {world.database.megabytes():,.0f} MB."
    )


def bodies(world):
    """What a cold run took by document, and the database beside what upstream sent."""
    documents = world.database.query("SELECT count(*) FROM objects WHERE kind = 'document'")[0]
    (sent,) = world.database.query("SELECT sum(length(bytes)) FROM blobs WHERE encoding = 'gzip'")
    megabytes = world.database.megabytes()
    return (
        f"{documents:,} documents: update takes {1e6 * world.update.cpu / documents:.0f} µs of CPU time for each and peaks "
        f"at {world.update.peak:.0f} MB, sync {world.sync_cpu:.0f} µs. Database {megabytes:,.0f} MB, which is "
        f"{megabytes / (sent / 1e6):.2f} times the {sent / 1e6:,.0f} MB of compressed bodies in it."
    )


def changes(world, count=500):
    """Rounds in which so many packages of a Composer repository have a new version."""
    rows = []
    for _ in range(CHANGE_ROUNDS):
        before, total = world.requests(), Usage()
        world.upstream.ask("/_sandbox/composer-publish", {"count": count})
        for name in STAGES:
            total += world.stage(name)
        rows.append((total, difference(world.requests(), before)))
    usage, used = sorted(rows, key=lambda row: row[0].wall)[CHANGE_ROUNDS // 2]
    return table(
        [f"{count} changes, median of {CHANGE_ROUNDS}", "wall s", "CPU s", "peak MB", "requests upstream", "PUT"],
        [["all three", f"{usage.wall:.2f}", f"{usage.cpu:.2f}", f"{usage.peak:.0f}", f"{used['upstream']:,}",
          f"{used['put']:,}"]],
    )


def workers(world, count=8_000):
    """The rates of one and of four sync processes with 16 requests in flight each, where each request takes 50 ms."""
    world.store.ask("/_sandbox/fail", {"effect": "delay", "route": "s3-put", "milliseconds": 50})
    rates, used = {}, {}
    for processes in (1, 4):
        # Everything is dirty once more; a quarter of the work for a quarter of the processes.
        limit = count * processes // 4
        world.database.execute(
            f"UPDATE objects SET deployed_hash = NULL WHERE key IN (SELECT key FROM objects WHERE kind = 'document' AND "
            f"content_hash IS NOT NULL ORDER BY key LIMIT {limit})")
        before, started = world.requests()["put"], time.perf_counter()
        running = [
            subprocess.Popen([world.bin / "sync", "--concurrency", "16"], env=world.environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            for _ in range(processes)
        ]
        if any(process.wait() for process in running):
            raise SystemExit(f"a sync process failed; its log is {world.log}")
        used[processes] = world.requests()["put"] - before
        rates[processes] = used[processes] / (time.perf_counter() - started)
    world.store.ask("/_sandbox/clear-faults", {})
    return (
        f"Sync to a store whose every PUT takes 50 ms, 16 requests in flight a process ({world.database.name}): one process "
        f"{rates[1]:,.0f} objects/s ({used[1]:,} objects), four {rates[4]:,.0f}/s ({used[4]:,}): "
        f"{rates[4] / rates[1]:.2f} times."
    )


def questions(arguments, folder, postgres):
    """What the stages ask of the databases, by size; the plans go to a page of their own."""
    sizes = arguments.sizes
    rows, claims, plans = databases.questions(
        arguments.bin,
        lambda size: [databases.SQLite(folder / f"questions-{size}.sqlite"),
                      databases.PostgreSQL(postgres, f"questions_{size}")],
        sizes)
    with open(HERE / "PLANS.md", "w", encoding="utf-8") as file:
        file.write("# Plans\n\nHow the databases go about each question of a run that finds nothing to do, at "
                   f"{sizes[-1]:,} packages and twice as many documents. Written by `make bench`.\n")
        for name, text in plans.items():
            file.write(f"\n## {name}\n\n```\n{text.strip()}\n```\n")
    head = ["database", "question", "rows found", *(f"ms at {size:,}" for size in sizes), "last / first"]
    return table(head, rows, left=3) + "\n\n" + table(
        ["8 workers", "packages", "s", "packages claimed and settled/s", "batches/s"], claims, left=1)


def long_log(arguments, folder):
    """Peak memory of discover over a long report, and over one of a few items."""
    peaks = {}
    for megabytes in (0.01, 50):
        name = f"report-{megabytes}"
        server = Server(["python3", HERE / "report_server.py", "--megabytes", str(megabytes)], folder, name)
        try:
            environment = {
                **os.environ,
                "PACKLINE_DATABASE_URL": f"sqlite:{folder / name}.sqlite",
                "PACKLINE_SOURCES": "wordpress-plugins",
                "PACKLINE_WPORG_PLUGINS_SVN_URL": server.url,
                "PACKLINE_LOG_LEVEL": "warning",
            }
            command = [arguments.bin / "discover", "--from-revision", "1"]
            peaks[megabytes] = measure(command, environment, folder / "long-log.log")
        finally:
            server.stop()
    short, long = peaks[0.01], peaks[50]
    return (
        f"A change log of 50 MB in one report: discover peaks at {long.peak:.0f} MB, {max(0, long.peak - short.peak):.0f} MB above the peak "
        f"with a log of two items ({short.peak:.0f} MB); {long.wall:.2f} s, {long.cpu:.2f} s of CPU time."
    )


def long_listing(arguments, folder):
    """Peak memory of discover over a listing of 756,000 names: the first time, and when they are all known."""
    server = Server(["python3", HERE / "report_server.py", "--megabytes", "0.01", "--names", "756000"], folder, "listing")
    try:
        environment = {
            **os.environ,
            "PACKLINE_DATABASE_URL": f"sqlite:{folder / 'listing'}.sqlite",
            "PACKLINE_SOURCES": "wordpress-plugins",
            "PACKLINE_WPORG_PLUGINS_SVN_URL": server.url,
            "PACKLINE_LOG_LEVEL": "warning",
        }
        command = [arguments.bin / "discover", "--reconcile"]
        first, again = (measure(command, environment, folder / "listing.log") for _ in range(2))
    finally:
        server.stop()
    return (
        f"A listing of 756,000 names: discover peaks at {first.peak:.0f} MB ({first.wall:.2f} s, {first.cpu:.2f} s of CPU "
        f"time), and at {again.peak:.0f} MB when all are known ({again.wall:.2f} s, {again.cpu:.2f} s)."
    )


def aged(arguments, folder, postgres, *flags):
    """A world of a part of the directory, or all of it."""
    data = aging.part_of_directory(arguments.data, folder.with_name(folder.name + "-data"), arguments.part)
    database = databases.PostgreSQL(postgres, folder.name) if arguments.database == "postgres" else None
    return World(arguments, folder, *flags, database=database, data=data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the release executables")
    parser.add_argument("--data", type=pathlib.Path, default=machine.ROOT.parent / "shared" / "data",
                        help="folder with the directory of 2024-10-24 and the events after it")
    parser.add_argument("--requests", type=int, default=1_000_000,
                        help="how many requests serve answers before its memory is looked at")
    parser.add_argument("--rounds", type=int, default=100, help="rounds that the events are replayed in")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 140_000, 1_000_000],
                        help="packages in the databases that are asked")
    parser.add_argument("--packages", type=int, default=20_000,
                        help="packages of the generated Packagist; the real one has 450,000")
    parser.add_argument("--archives", type=int, default=1_000,
                        help="packages whose archives are fetched, about ten of each; 20,000 archives have 19 GB on disk")
    parser.add_argument("--days", type=int, default=400, help="days that changes are replayed on, a round each")
    parser.add_argument("--rewrites", type=int, default=10, help="how often everything is rewritten")
    parser.add_argument("--part", type=int, default=20_000,
                        help="packages of the directory that are rewritten, and that grow old; 0 is all of them")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite", help="where they are")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[part for part in PARTS if part not in LONG],
                        help="measure only these parts; without it all but " + " and ".join(LONG))
    parser.add_argument("--keep", action="store_true", help="leave the working folder and say where it is")
    arguments = parser.parse_args()
    if set(arguments.only) - {"packagist", "archives"} and not arguments.data.is_dir():
        parser.error(f"{arguments.data} is not there; --data names the folder with the recorded directory")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="packline-bench."))
    # PostgreSQL's own user has its data in there.
    folder.chmod(0o755)
    title = f"## {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, {machine.commit()}"
    parts = [title, machine.facts()]
    print("\n\n".join(parts), flush=True)

    def show(part):
        parts.append(part)
        print(f"\n{part}", flush=True)

    postgres = databases.Server(folder) if (
        {"serve", "postgres", "questions"} & set(arguments.only) or arguments.database == "postgres") else None
    try:
        if "log" in arguments.only:
            show(long_log(arguments, folder))
        if "listing" in arguments.only:
            show(long_listing(arguments, folder))
        if "cold" in arguments.only:
            with World(arguments, folder / "whole") as world:
                show(cold(world))
                show(no_change(world, 9))
                show(beside_peers(world))
                show(workers(world))
                show(f"Memory of the servers at the end: upstream {world.upstream.memory:,.0f} MB, "
                     f"store {world.store.memory:,.0f} MB.")
        if "serve" in arguments.only:
            database = databases.PostgreSQL(postgres, "serve")
            with (World(arguments, folder / "serve-world") as world,
                  World(arguments, folder / "serve-postgres", database=database) as other):
                for each in (world, other):
                    for name in STAGES:
                        each.stage(name)
                database.settle()
                show(beside_nginx(arguments, world, other))
        if "postgres" in arguments.only:
            with World(arguments, folder / "postgres-world", database=databases.PostgreSQL(postgres, "whole")) as world:
                before = postgres.cpu
                show("The same over PostgreSQL:\n\n" + cold(world))
                show(no_change(world, 9))
                show(workers(world))
                show(f"PostgreSQL's own CPU time for it: {postgres.cpu - before:.1f} s.")
        if "questions" in arguments.only:
            show(questions(arguments, folder, postgres))
        if "packagist" in arguments.only:
            with World(arguments, folder / "packagist", repository=f"packagist=packagist:{arguments.packages}") as world:
                show(f"A generated Packagist of {arguments.packages:,} packages with two documents each:\n\n"
                     + cold(world))
                show(bodies(world))
                show(no_change(world, 9))
                show(changes(world))
        if "archives" in arguments.only:
            repository = f"acme=packagist:{arguments.archives}"
            with World(arguments, folder / "archives", "--plausible-archives", repository=repository) as world:
                show(archives.beside_curl_and_rclone(world, table))
            with World(arguments, folder / "large", repository="acme=packagist:10") as world:
                show(archives.large(world))
            with World(arguments, folder / "many", repository=f"acme=packagist:{arguments.packages}") as world:
                show(archives.few_among_many(world, table, STAGES, difference))
        if "advisories" in arguments.only:
            with World(arguments, folder / "advisories") as world:
                show(advisories.whole_and_a_day(arguments, world, table, STAGES))
        if "rewriting" in arguments.only:
            with aged(arguments, folder / "rewriting", postgres) as world:
                show(rewriting.rewritten(world, table, STAGES, arguments.rewrites))
        if "years" in arguments.only:
            with aged(arguments, folder / "years", postgres, *years.FLAGS) as world:
                show(years.replayed(world, table, arguments.days, lambda line: print(line, flush=True)))
        if "replay" in arguments.only:
            # The directory as it was eight weeks earlier: replaying leads to the day of the recording.
            with World(arguments, folder / "replay", "--rewind", "--rounds", str(arguments.rounds)) as world:
                filled = sum((world.stage(name) for name in STAGES), Usage())
                show(f"The directory of eight weeks earlier, filled in {filled.wall:.2f} s ({filled.cpu:.2f} s of CPU "
                     f"time), and then:")
                show(replay(world, arguments.rounds))
    finally:
        # Also of a run that did not get to its end.
        with open(HERE / "RESULTS.md", "a", encoding="utf-8") as file:
            file.write("\n" + "\n\n".join(parts) + "\n")
        if postgres:
            postgres.stop()
        if arguments.keep:
            print(f"\nThe working folder is {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
