#!/usr/bin/env python3
"""chaos.py --bin FOLDER --database URL: workers that are killed at random converge on the right bucket.

Several `update` and `sync` processes work in a loop on one database, an upstream that keeps changing and one S3 store.
They are killed with SIGKILL every 0.2 to 2 seconds and started again; one is paused beyond its leases and resumed; the
clocks of those that update are hours off; requests to the store and upstream are refused, cut, lost after they took
effect, or answered late. At the end rounds run until nothing is due, dirty or leased, and the bucket must equal, byte
for byte, what a run from scratch over the same upstream gives, but for files of the v1 tree that no root leads to any
more; every object must have been uploaded with its last content.
"""
import argparse
import collections
import datetime
import difflib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

BUCKET, SCRATCH = "chaos", "scratch"
# A Composer repository with a change feed, beside WordPress.org.
REPOSITORY = "packagist"
# Whose archives are not kept: they count some minutes after they were fetched.
NOT_ARCHIVED = "wp-plugin/*,wp-theme/*"
LEASE_SECONDS = 5
REST_SECONDS = 600
SKEWS_HOURS = (-9, -3, 3, 9)


class Sandbox:
    """The upstream and the store, in one process."""

    def __init__(self, binary, folder, seed):
        port_file = folder / "port"
        self.process = subprocess.Popen(
            [binary / "packline-sandbox", "--port", "0", "--port-file", port_file, "--world", "generated", "--seed",
             str(seed), "--plugins", "120", "--themes", "30", "--revisions", "900",
             "--composer", f"{REPOSITORY}=packagist:60:{seed}"],
            stdout=open(folder / "sandbox.log", "w"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 30
        while not port_file.exists() or not port_file.read_text().strip():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the sandbox did not start; its log is {folder / 'sandbox.log'}")
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{port_file.read_text().strip()}"

    def call(self, name, **members):
        request = urllib.request.Request(f"{self.url}/_sandbox/{name}", json.dumps(members).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            error.read()
            return None

    def read(self, name):
        with urllib.request.urlopen(f"{self.url}/_sandbox/{name}", timeout=60) as answer:
            return json.load(answer)

    def environment(self, bucket, database):
        return dict(
            os.environ, PACKLINE_DATABASE_URL=database, PACKLINE_BUCKET_URL=f"s3://{bucket}",
            PACKLINE_S3_ENDPOINT=self.url, AWS_ACCESS_KEY_ID="sandbox", AWS_SECRET_ACCESS_KEY="sandboxsecret",
            PACKLINE_WPORG_API_URL=self.url, PACKLINE_WPORG_DOWNLOADS_URL=self.url,
            PACKLINE_SOURCES=f"wordpress-plugins,wordpress-themes,composer:{REPOSITORY}",
            PACKLINE_COMPOSER_URL=f"{self.url}/{REPOSITORY}", PACKLINE_PROVIDER_TREE="true",
            PACKLINE_ARCHIVES="eager", PACKLINE_ARCHIVES_EXCLUDE=NOT_ARCHIVED,
            PACKLINE_ARCHIVES_URL="https://archives.example",
            PACKLINE_WPORG_PLUGINS_SVN_URL=f"{self.url}/svn/plugins",
            PACKLINE_WPORG_THEMES_SVN_URL=f"{self.url}/svn/themes",
            PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL=f"{self.url}/svn/plugins",
            PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL=f"{self.url}/svn/themes",
            PACKLINE_LEASE_SECONDS=str(LEASE_SECONDS), PACKLINE_LOG_FORMAT="json", PACKLINE_LOG_LEVEL="info")


class Upstream:
    """Changes the sandbox's world at random."""

    LIES = [
        {"fault": "restarted"}, {"fault": "jumps-back", "units": 50_000_000}, {"fault": "repeats"},
        {"fault": "odd-actions"}, {"fault": "resync"}, {"fault": "timestamp", "json": "9223372036854775807"},
    ]

    def __init__(self, sandbox, rng):
        self.sandbox, self.rng, self.serial = sandbox, rng, 0
        listing = urllib.request.urlopen(f"{sandbox.url}/svn/plugins/").read().decode()
        self.slugs = [line.split('"')[1].rstrip("/") for line in listing.splitlines() if line.startswith("  <li><a")]

    def step(self):
        self.serial += 1
        self.change_repository()
        slug, dice = self.rng.choice(self.slugs), self.rng.random()
        if dice < 0.5:
            self.sandbox.call("commit", directory="plugins", slug=slug, change="tag", tag=f"9.{self.serial}")
        elif dice < 0.7:
            self.sandbox.call("commit", directory="plugins", slug=slug, change="trunk")
        elif dice < 0.85:
            self.sandbox.call("close", slug=slug)
        else:
            self.sandbox.call("reopen", slug=slug)


    def change_repository(self):
        """A change, and now and then a document that is stale for a while or a feed that lies once."""
        dice = self.rng.random()
        if dice < 0.6:
            self.sandbox.call("composer-publish", count=1, change=self.rng.choice(("release", "dev", "advisory")))
        elif dice < 0.8:
            self.sandbox.call("composer-add", count=1)
        elif dice < 0.87:
            self.sandbox.call("composer-delete", count=1)
        elif dice < 0.93:
            self.sandbox.call("composer-lag", publications=self.rng.randint(1, 5))
        else:
            self.sandbox.call("composer-feed", times=1, **self.rng.choice(self.LIES))


class Trouble:
    """Makes the store and upstream fail at random."""

    EFFECTS = [
        {"effect": "reset"}, {"effect": "reset-after"}, {"effect": "status", "status": 500},
        {"effect": "status", "status": 503, "retryAfter": 1}, {"effect": "truncated"}, {"effect": "wrong-etag"},
        {"effect": "delay", "milliseconds": 700}, {"effect": "late-answer", "milliseconds": 700},
    ]

    def __init__(self, sandbox, rng):
        self.sandbox, self.rng, self.count = sandbox, rng, 0

    def step(self):
        effect = dict(self.rng.choice(self.EFFECTS))
        # Only the store has ETags; what it says of conditions comes early and once.
        route = "s3-*" if effect["effect"] == "wrong-etag" or self.rng.random() < 0.7 else "*"
        times = self.rng.choice((1, 1, 2, 8))
        self.sandbox.call("fail", route=route, times=times, skip=self.rng.randrange(12), **effect)
        self.count += times


class Worker:
    """A stage that is started again each time it ends."""

    def __init__(self, stage, number, binary, environment, logs, skewed_clock=None, skew_hours=0):
        self.command = [binary / stage, "--every", "1s"] + (["--rate", "0"] if stage == "update" else [])
        # One of them asks about everything again and again, and without a guard: what is closed has to be said to be so
        # twice, ten minutes apart, and much of it is more than is believed in a day.
        if (stage, number) == ("update", 1):
            self.command.append("--force")
        self.log = logs / f"{stage}-{number}.log"
        self.environment, self.skew_hours = dict(environment), skew_hours
        if skew_hours:
            self.environment.update(LD_PRELOAD=str(skewed_clock), SKEW_SECONDS=str(3600 * skew_hours))
        self.ended = collections.Counter()
        self.paused_until = None
        self.start()

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def start_if_ended(self):
        """A stage that runs in a loop has no reason to end by itself; what it says instead is in its log."""
        code = self.process.poll()
        if code is not None:
            self.ended[code] += 1
            self.start()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()

    def pause(self, seconds):
        self.process.send_signal(signal.SIGSTOP)
        self.paused_until = time.monotonic() + seconds

    def resume_when_over(self):
        if self.paused_until and time.monotonic() > self.paused_until:
            self.process.send_signal(signal.SIGCONT)
            self.paused_until = None

    def finished_runs(self):
        """What the clock of each run said at its end."""
        times = []
        for line in self.log.read_bytes().splitlines():
            # A line may be cut where the process was killed.
            if b'"run finished"' in line and line.endswith(b"}"):
                said = datetime.datetime.fromisoformat(json.loads(line)["time"].removesuffix("Z"))
                times.append(said.replace(tzinfo=datetime.timezone.utc))
        return times


def skewed_clock(folder):
    """The library that makes a process's wall clock wrong."""
    source, library = pathlib.Path(__file__).with_name("skewed-clock.c"), folder / "skewed-clock.so"
    compiler = shutil.which("cc") or shutil.which("clang") or sys.exit("there is neither cc nor clang")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library


def expect_work(workers, begun):
    """Waits until each worker has ended two runs, and fails unless it did by the clock that it was given."""
    deadline = time.monotonic() + REST_SECONDS
    for worker in workers:
        while len(times := worker.finished_runs()) < 2:
            if worker.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{worker.log.stem} does not end two runs; its log is {worker.log}")
            time.sleep(0.1)
        skew, minute = datetime.timedelta(hours=worker.skew_hours), datetime.timedelta(minutes=1)
        now = datetime.datetime.now(datetime.timezone.utc)
        if not begun - minute < times[-1] - skew < now + minute:
            sys.exit(f"{worker.log.stem} should have a clock that is {worker.skew_hours} h off, and says {times[-1]}")


def restart_postgres(cluster):
    """Stops the server at once, as a crash would, and starts it again."""
    binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    as_server = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    subprocess.run([*as_server, binaries[-1], "--pgdata", cluster, "--mode", "immediate", "--wait", "--log",
                    f"{cluster}/log", "restart"], check=True, stdout=subprocess.DEVNULL, cwd="/")


def objects(sandbox, bucket):
    """What a bucket holds, by the hash of what was written last."""
    live = {}
    for write in sandbox.read("writes"):
        # A sync that was killed while it tried whether the store keeps conditions leaves its probe to a later one.
        if write["bucket"] == bucket and not write["key"].startswith(".packline/"):
            live[write["key"]] = write.get("sha256")
    return {key: sha256 for key, sha256 in live.items() if sha256}


def keep(sandbox, logs, keys):
    """Keeps both sides' objects of these keys beside the logs: what was wrong is seen from them."""
    for bucket in (BUCKET, SCRATCH):
        for key in keys:
            file = logs / "different" / bucket / key
            file.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["curl", "--silent", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "sandbox:sandboxsecret",
                            "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--output", file,
                            f"{sandbox.url}/{bucket}/{urllib.parse.quote(key)}"], check=False)


def run(binary, stage, environment, *flags, accepted=(0, 3)):
    done = subprocess.run([binary / stage, *flags], env=environment, capture_output=True, text=True)
    if done.returncode not in accepted:
        sys.exit(f"{stage} ended with {done.returncode}:\n{done.stderr}")
    return done.returncode


def status_of(binary, environment):
    return json.loads(subprocess.run([binary / "sync", "status", "--json"], env=environment, check=True,
                                     capture_output=True, text=True).stdout)


# Blobs whose count of references is not the number of those who name them.
MISCOUNTED = """
    SELECT count(*) FROM blobs LEFT JOIN (
        SELECT name, count(*) AS named FROM (
            SELECT content_hash AS name FROM objects WHERE content_hash IS NOT NULL AND content_lost = 0
            UNION ALL SELECT payload_hash FROM packages WHERE payload_hash IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM payloads WHERE package_id = packages.id)
            UNION ALL SELECT hash FROM payloads
        ) AS names GROUP BY name
    ) AS counted ON name = hash WHERE refs <> coalesce(named, 0)
"""


# What became of archives is only tried again after minutes.
TRY_AGAIN = "UPDATE archives SET due_at_ms = 0 WHERE due_at_ms > 0"


def tell(database, statement):
    if database.startswith("sqlite:"):
        with sqlite3.connect(database.removeprefix("sqlite:"), timeout=60) as connection:
            connection.execute(statement)
    else:
        subprocess.run(["psql", "--no-psqlrc", "--quiet", "--command", statement, database], check=True)


def ask(database, question):
    """What a question with one number for its answer comes to."""
    if database.startswith("sqlite:"):
        connection = sqlite3.connect(f"file:{database.removeprefix('sqlite:')}?mode=ro", uri=True)
        try:
            return connection.execute(question).fetchone()[0]
        finally:
            connection.close()
    return int(subprocess.run(["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--command", question, database],
                              check=True, capture_output=True, text=True).stdout)


def come_to_rest(binary, environment, sandbox, database):
    """Rounds until one has found nobody at work, left nothing due, dirty or leased, and changed no object.

    Every package is asked about, due or not: a closure of the last second is only seen by the next look. What the dead
    held is passed over by a round and due after it, which is why nobody may hold anything before a round either; and what
    upstream says may be doubted once, which is why a round has to change nothing.
    """
    deadline = time.monotonic() + REST_SECONDS
    before = None
    while True:
        held = status_of(binary, environment)["leases"]
        tell(database, TRY_AGAIN)
        # 4: a discover that was killed at the very end still holds its source. 5: a guard that wants to see it again.
        codes = [run(binary, "discover", environment, accepted=(0, 3, 4, 5)),
                 run(binary, "update", environment, "--rate", "0", "--force", accepted=(0, 3, 5)),
                 run(binary, "sync", environment)]
        status, live = status_of(binary, environment), objects(sandbox, BUCKET)
        # Files of the v1 tree that no root leads to any more go one after the other, for minutes; its root names the others.
        after = {key: sha256 for key, sha256 in live.items() if not key.startswith("v1/p/")}
        due = sum(source["packages_due"] for source in status["sources"].values())
        doubts = sum(source["packages_doubted"] + source["withdrawals_held"] for source in status["sources"].values())
        # What a dead worker holds of these is passed over too, and its bytes may be in the bucket already, so that nothing
        # there tells that a document still lacks them.
        missing = sum(status["archives"]["missing"].values())
        left = [held, due, doubts, missing, status["documents_dirty"], status["leases"]]
        if codes == [0, 0, 0] and not any(left) and after == before:
            return live
        if time.monotonic() > deadline:
            sys.exit(f"did not come to rest, the stages end with {codes}: {json.dumps(status)[:2000]}")
        before = after
        time.sleep(0.5)


def build_from_scratch(binary, sandbox, database):
    """What a run from scratch gives, in which nothing may fail: a part of it would be compared with all of it."""
    environment = sandbox.environment(SCRATCH, database)
    run(binary, "discover", environment, "--from-revision", "1", accepted=(0,))
    deadline = time.monotonic() + REST_SECONDS
    while True:
        codes = [run(binary, "update", environment, "--rate", "0"), run(binary, "sync", environment)]
        if codes == [0, 0]:
            return objects(sandbox, SCRATCH)
        status = status_of(binary, environment)
        print(f"from scratch, update and sync end with {codes}: {json.dumps(status['failures'])[:1000]}", file=sys.stderr)
        if time.monotonic() > deadline:
            sys.exit(f"a run from scratch does not come to rest: {json.dumps(status)[:2000]}")
        tell(database, TRY_AGAIN)
        time.sleep(0.5)


def differences(logs, keys):
    """What differs in the first documents of these keys."""
    lines = []
    for key in [key for key in keys if key.startswith("p2/")][:2]:
        sides = []
        for bucket in (BUCKET, SCRATCH):
            file = logs / "different" / bucket / key
            text = file.read_text() if file.exists() else ""
            sides.append(text.replace(",", ",\n").splitlines())
        lines += [line[:200] for line in difflib.unified_diff(*sides, f"ours/{key}", f"from scratch/{key}", lineterm="", n=1)][:40]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the executables")
    parser.add_argument("--database", required=True, help="URL of an empty database")
    parser.add_argument("--cluster", help="folder of the PostgreSQL cluster; the server is restarted twice")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--update", type=int, default=4, help="update processes")
    parser.add_argument("--sync", type=int, default=4, help="sync processes")
    parser.add_argument("--pause", type=float, default=1.1, help="mean seconds between kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", type=pathlib.Path, help="a folder for the logs of all processes, which stay")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    binary = arguments.bin.resolve()

    with tempfile.TemporaryDirectory(prefix="packline-chaos-") as folder:
        folder = pathlib.Path(folder)
        logs = arguments.logs or folder
        logs.mkdir(parents=True, exist_ok=True)
        sandbox = Sandbox(binary, logs, arguments.seed)
        workers = []
        try:
            environment = sandbox.environment(BUCKET, arguments.database)
            run(binary, "discover", environment, "--from-revision", "1")
            upstream, trouble = Upstream(sandbox, rng), Trouble(sandbox, rng)
            begun = datetime.datetime.now(datetime.timezone.utc)
            library = skewed_clock(folder)
            stages = ["discover"] + ["update"] * arguments.update + ["sync"] * arguments.sync
            for number, stage in enumerate(stages):
                # The store checks the clock of those who sign; the others may be hours off. Those who share a SQLite
                # file are on one machine and have one clock, which is the database's.
                is_skewed = stage == "update" and not arguments.database.startswith("sqlite:")
                skew_hours = SKEWS_HOURS[number % len(SKEWS_HOURS)] if is_skewed else 0
                workers.append(Worker(stage, number, binary, environment, logs, library, skew_hours))
            expect_work(workers, begun)
            restarts = {arguments.kills // 3, arguments.kills * 2 // 3} if arguments.cluster else set()
            pauses = {arguments.kills // 4, arguments.kills // 2}
            for kill in range(1, arguments.kills + 1):
                time.sleep(rng.uniform(0.2, 2 * arguments.pause - 0.2))
                for _ in range(rng.randint(1, 4)):
                    upstream.step()
                trouble.step()
                for worker in workers:
                    worker.resume_when_over()
                    worker.start_if_ended()
                awake = [worker for worker in workers if not worker.paused_until]
                rng.choice(awake).kill()
                if kill in pauses:
                    rng.choice(awake[1:]).pause(LEASE_SECONDS + 3)
                if kill in restarts:
                    restart_postgres(arguments.cluster)
            ended = {worker.log.stem: dict(worker.ended) for worker in workers if worker.ended}
            for worker in workers:
                worker.process.send_signal(signal.SIGCONT)
                worker.process.send_signal(signal.SIGKILL)
                worker.process.wait()
            skewed = sum(1 for worker in workers if worker.skew_hours)
            workers.clear()
            if ended:
                sys.exit(f"workers ended by themselves, with these exit codes: {ended}; their logs are in {logs}")
            sandbox.call("clear-faults")
            sandbox.call("composer-mend-feed")
            sandbox.call("composer-release-lag")
            ours = come_to_rest(binary, environment, sandbox, arguments.database)
            if wrong := ask(arguments.database, MISCOUNTED):
                sys.exit(f"{wrong} blobs have another number of references than there are")
            theirs = build_from_scratch(binary, sandbox, f"sqlite:{folder / 'scratch.sqlite'}")
            # Files of the v1 tree stay for eleven minutes after the last root that led to them, and archives for ever.
            leftovers = [key for key in ours if key.startswith(("v1/p/", "dist/")) and key not in theirs]
            wrong = [key for key, sha256 in ours.items() if key.startswith("dist/") and not key.endswith(f"/{sha256}.zip")]
            if wrong:
                sys.exit(f"{len(wrong)} archives are not the bytes that they are called by: {wrong[:10]}")
            archives = sum(1 for key in theirs if key.startswith("dist/"))
            for key in leftovers:
                del ours[key]
            different = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
            if different or len(theirs) < 100 or archives < 100:
                keep(sandbox, logs, different)
                print(differences(logs, different), file=sys.stderr)
                sys.exit(f"{len(different)} of {len(theirs)} objects differ from a build from scratch: {different[:10]}")
            print(f"{arguments.kills} kills (seed {arguments.seed}), {len(pauses)} pauses beyond a lease, "
                  f"{len(restarts)} restarts of the database, {skewed} clocks hours off, {upstream.serial} changes "
                  f"upstream, {trouble.count} faults of upstream and store: {len(ours)} objects equal a build from "
                  f"scratch, every blob counts its references, nothing is due, dirty or leased")
        finally:
            for worker in workers:
                worker.process.kill()
            sandbox.process.terminate()
            sandbox.process.wait()


if __name__ == "__main__":
    main()
