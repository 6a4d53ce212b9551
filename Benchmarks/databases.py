"""The databases that a benchmark runs on, and what the stages ask of them at any size."""
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import statistics
import subprocess

import machine

SCRIPTS = machine.ROOT / "scripts"
# How many times each database is asked its questions; the median counts.
ROUNDS = 3


class SQLite:
    name = "SQLite"

    def __init__(self, file):
        self.file, self.url = file, f"sqlite:{file}"

    def query(self, sql):
        database = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        try:
            return database.execute(sql).fetchone()
        finally:
            database.close()

    def execute(self, sql):
        with contextlib.closing(sqlite3.connect(self.file, timeout=60)) as database, database:
            database.execute(sql)

    def megabytes(self):
        return sum(file.stat().st_size for file in self.file.parent.glob(f"{self.file.name}*")) / 1e6

    def settle(self):
        pass


class PostgreSQL:
    """A database of its own on the server of a `Server`."""

    name = "PostgreSQL"

    def __init__(self, server, name):
        self.server, self.database = server, name
        server.psql("postgres", f"CREATE DATABASE {name}")
        self.url = f"postgres://postgres@127.0.0.1:{server.port}/{name}"

    def query(self, sql):
        values = self.server.psql(self.database, sql).split("|")
        return tuple(int(value) if re.fullmatch(r"-?\d+", value) else value for value in values)

    def execute(self, sql):
        self.server.psql(self.database, sql)

    def megabytes(self):
        return self.query(f"SELECT pg_database_size('{self.database}')")[0] / 1e6

    def settle(self):
        """What autovacuum does within a minute or so."""
        self.server.psql(self.database, "VACUUM ANALYZE")


class Server:
    """A PostgreSQL with Debian's defaults; like the upstream and the store, it takes its share of the processors."""

    def __init__(self, folder):
        self.folder = folder / "postgres"
        self.port = subprocess.run(["bash", "-c", f". {SCRIPTS}/lib.sh; free_port"], check=True, text=True,
                                   stdout=subprocess.PIPE).stdout.strip()
        started = subprocess.run([SCRIPTS / "start-postgres.sh", self.port, self.folder], check=True, text=True,
                                 stdout=subprocess.PIPE)
        self.pid = int(started.stdout.split()[-1])

    def psql(self, database, sql):
        return subprocess.run(
            ["psql", "--host", "127.0.0.1", "--port", self.port, "--username", "postgres", "--no-psqlrc", "--quiet",
             "--no-align", "--tuples-only", "--command", sql, database],
            check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    @property
    def cpu(self):
        """Seconds that the server's processes have taken, those that have ended included."""
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            if int(stat.parent.name) == self.pid:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        subprocess.run(["bash", "-c", f". {SCRIPTS}/lib.sh; stop_process {self.pid}"], check=True)


def ask(binary, database, *arguments):
    return subprocess.run([binary / "store-bench", *arguments, "--database", database.url],
                          check=True, text=True, stdout=subprocess.PIPE).stdout


def questions(binary, databases, sizes):
    """Milliseconds of each question at each size with nothing and with 100 rows to be found, and claims a second.

    `databases(size)` gives the databases to ask, all empty.
    """
    filled = []
    for size in sizes:
        for database in databases(size):
            ask(binary, database, "fill", "--packages", str(size))
            database.settle()
            filled.append((database, size))
    # In turns, because the machine is not equally fast all the time.
    times = {}
    for _ in range(ROUNDS):
        for database, size in filled:
            answers = json.loads(ask(binary, database, "questions"))
            for found, medians in answers.items():
                for question, milliseconds in medians.items():
                    times.setdefault((database.name, size, found, question), []).append(milliseconds)
    plans, claims = {}, []
    for database, size in filled:
        plans[database.name] = ask(binary, database, "questions", "--plans")
        done = json.loads(ask(binary, database, "claims", "--workers", "8"))
        claims.append([database.name, f"{size:,}", f"{done['seconds']:.2f}",
                       f"{done['claimed'] / done['seconds']:,.0f}",
                       f"{done['claimed'] / 100 / done['seconds']:,.0f}"])
    rows = []
    for name, found, question in sorted({(name, found, question) for name, _, found, question in times},
                                        key=lambda row: (row[0] != "SQLite", int(row[1]), row[2])):
        each = [statistics.median(times[name, size, found, question]) for size in sizes]
        rows.append([name, question, found, *(f"{value:.3f}" for value in each), f"{each[-1] / each[0]:.2f}"])
    return rows, claims, plans
