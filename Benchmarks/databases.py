"""The databases that a benchmark runs on, and what the stages ask of them at any size."""
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess

import machine

SCRIPTS = machine.ROOT / "scripts"


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


def questions(binary, databases, sizes):
    """Milliseconds of each question at each size with nothing and with 100 rows to be found, and claims a second.

    `databases(size)` gives the databases to ask, all empty.
    """
    rows, plans, claims = [], {}, []
    times = {}
    for size in sizes:
        for database in databases(size):
            def bench(*arguments, database=database):
                done = subprocess.run([binary / "store-bench", *arguments, "--database", database.url],
                                      check=True, text=True, stdout=subprocess.PIPE)
                return done.stdout
            bench("fill", "--packages", str(size))
            database.settle()
            times[database.name, size] = json.loads(bench("questions"))
            plans[database.name] = bench("questions", "--plans")
            done = json.loads(bench("claims", "--workers", "8"))
            claims.append([database.name, f"{size:,}", f"{done['seconds']:.2f}",
                           f"{done['claimed'] / done['seconds']:,.0f}",
                           f"{done['claimed'] / 100 / done['seconds']:,.0f}"])
    for name in dict.fromkeys(name for name, _ in times):
        for found in ("0", "100"):
            for question in sorted(times[name, sizes[0]][found]):
                each = [times[name, size][found][question] for size in sizes]
                rows.append([name, question, found, *(f"{value:.3f}" for value in each), f"{each[-1] / each[0]:.2f}"])
    return rows, claims, plans
