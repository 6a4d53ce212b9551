"""Archives: fetched, checked and stored by sync, beside curl to disk and rclone from there."""
import os
import subprocess
import time

import peers
from processes import Usage

URL = "https://archives.example"


def settings(**more):
    return {"PACKLINE_ARCHIVES": "eager", "PACKLINE_ARCHIVES_URL": URL} | more


def totals(world):
    """How many archives are in the bucket, and their megabytes."""
    count, size = world.database.query(
        "SELECT count(*), coalesce(sum(size), 0) FROM archives WHERE object_key IS NOT NULL")
    return count, size / 1e6


def without_archives(world):
    """What is told of releases, with nothing fetched: documents are live, and archives are due."""
    world.environment |= settings(PACKLINE_TEMP_DIR=str(world.folder))
    world.stage("discover")
    world.stage("update")
    eager = world.environment.pop("PACKLINE_ARCHIVES"), world.environment.pop("PACKLINE_ARCHIVES_URL")
    world.stage("sync")
    world.environment |= dict(zip(("PACKLINE_ARCHIVES", "PACKLINE_ARCHIVES_URL"), eager))


def curl(world, urls):
    """Downloads to a folder: wall and CPU seconds."""
    folder = world.folder / "files" / "dist"
    folder.mkdir(parents=True)
    config = world.folder / "curl.txt"
    config.write_text("".join(f'url = "{url}"\noutput = "{folder / str(number)}.zip"\n' for number, url in enumerate(urls)))
    started = time.perf_counter()
    process = subprocess.Popen(
        ["curl", "--silent", "--no-progress-meter", "--show-error", "--fail", "--noproxy", "*", "--parallel", "--parallel-max", "32",
         "--config", config], stdin=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"curl ended with {process.returncode}")
    return time.perf_counter() - started, used.ru_utime + used.ru_stime


def beside_curl_and_rclone(world, table):
    without_archives(world)
    usage = world.stage("sync")
    count, megabytes = totals(world)
    urls = world.database.query("SELECT group_concat(url, ' ') FROM archives WHERE object_key IS NOT NULL")[0].split()
    wall, cpu = curl(world, urls)
    copied = peers.filling(world, world.folder).run(world)
    theirs = Usage(wall + copied[0], cpu + copied[1])
    rows = [
        [name, f"{each.wall:.1f}", f"{megabytes / each.wall:,.0f}", f"{each.cpu:.1f}", f"{1000 * each.cpu / megabytes:.2f}"]
        for name, each in (("sync: fetched, checked, stored, announced", usage), ("curl to disk, then rclone copy", theirs))
    ]
    return (
        table([f"{count:,} archives of {megabytes:,.0f} MB", "wall s", "MB/s", "CPU s", "CPU ms/MB"], rows)
        + f"\n\n{theirs.wall / usage.wall:.2f} times as fast as curl and rclone, with {usage.cpu / theirs.cpu:.2f} of their "
        f"CPU time; peak {usage.peak:.0f} MB."
    )


def large(world, size=500_000_000):
    """One large archive."""
    without_archives(world)
    world.stage("sync")
    world.upstream.ask("/_sandbox/archive-size", {"pattern": "*", "bytes": size})
    world.upstream.ask("/_sandbox/composer-publish", {"count": 1, "change": "release"})
    world.stage("discover")
    world.stage("update")
    usage = world.stage("sync")
    (largest,) = world.database.query("SELECT max(size) FROM archives")
    return (f"One of {largest / 1e6:.0f} MB: {usage.wall:.1f} s, {largest / 1e6 / usage.wall:.0f} MB/s, "
            f"{usage.cpu:.1f} s of CPU time, peak {usage.peak:.0f} MB.")


def few_among_many(world, table, stages, difference, count=100):
    """New versions of few packages among many that have their archives."""
    world.environment |= settings(PACKLINE_ARCHIVES_LATEST="1", PACKLINE_TEMP_DIR=str(world.folder))
    filled = sum((world.stage(name) for name in stages), Usage())
    have, _ = totals(world)
    (packages,) = world.database.query("SELECT count(*) FROM packages")
    before, asked = world.requests(), world.upstream_routes()
    world.upstream.ask("/_sandbox/composer-publish", {"count": count, "change": "release"})
    usage = sum((world.stage(name) for name in stages), Usage())
    used = difference(world.requests(), before)
    routes = {name: number - asked.get(name, 0) for name, number in world.upstream_routes().items()}
    told = ", ".join(f"{number} {name}" for name, number in sorted(routes.items()) if number)
    return (
        table([f"{count} new versions among {packages:,} packages", "wall s", "CPU s", "requests upstream", "PUT"],
              [["all three", f"{usage.wall:.2f}", f"{usage.cpu:.2f}", f"{used['upstream']:,}", f"{used['put']:,}"]])
        + f"\n\nUpstream was asked: {told}. Filling them took {filled.wall:.0f} s for {have:,} archives."
    )
