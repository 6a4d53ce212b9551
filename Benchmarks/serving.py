"""What `serve` answers in a second, beside nginx with the same documents as files: over either database, for all and in
private."""
import http.client
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import threading
import time
import zlib

from processes import Server, TICKS_PER_SECOND, free_port, measure

CONNECTIONS, THREADS = 64, 2
PATHS = 20_000
# ms between an answer and the next request on its connection: about 5,000 requests in a second.
PACE = 10
TOKEN = "a-token-of-some-length"

WRK = """-- One request after the other for each path of a file; FRESH asks whether it has changed.
local lines, at = {}, tonumber(os.getenv("START") or "0")
for line in io.lines(os.getenv("PATHS")) do lines[#lines + 1] = line end
function request()
    at = at % #lines + 1
    local path, etag = lines[at]:match("^(%S+) ?(.*)$")
    local headers = { ["Accept-Encoding"] = os.getenv("ENCODING"), ["Authorization"] = os.getenv("AUTHORIZATION") }
    if os.getenv("FRESH") then headers["If-None-Match"] = etag end
    return wrk.format("GET", path, headers)
end
if os.getenv("REST") then
    function delay() return tonumber(os.getenv("REST")) end
end
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() counts = {} end
function response(status) counts[status] = (counts[status] or 0) + 1 end
function done(summary, latency)
    local found = {}
    for _, thread in ipairs(threads) do
        for status, count in pairs(thread:get("counts")) do found[status] = (found[status] or 0) + count end
    end
    for status, count in pairs(found) do print("status " .. status .. " " .. count) end
    print("p50 " .. latency:percentile(50) .. " p99 " .. latency:percentile(99) .. " max " .. latency.max)
    print("seconds " .. summary.duration / 1e6)
end
"""

NGINX = """daemon off; worker_processes auto; worker_rlimit_nofile {files}; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 1024; multi_accept on; }}
http {{
    types {{ application/json json; }}
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; gzip_static on;
    open_file_cache max={cached} inactive=600s;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{
        listen 127.0.0.1:{port}; root {documents}/files; add_header Cache-Control "public, max-age=60";
        {condition}
    }}
}}
"""


class Nginx:
    """nginx over the files of a folder; with a token where it is private, as `Serve` has one."""

    def __init__(self, folder, is_private=False):
        port = free_port()
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        self.authorization = f"Bearer {TOKEN}" if is_private else None
        condition = f'if ($http_authorization != "{self.authorization}") {{ return 401; }}' if is_private else ""
        own = folder / ("nginx-private" if is_private else "nginx")
        own.mkdir()
        config = own / "nginx.conf"
        # Each worker keeps as many files open as it may.
        config.write_text(NGINX.format(folder=own, documents=folder, port=port, condition=condition, files=files,
                                       cached=min(50_000, files - 2_000)))
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", own, "-c", config])
        time.sleep(1)

    @property
    def cpu(self):
        workers = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True)
        total = 0
        for pid in workers.stdout.split():
            fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rpartition(") ")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS_PER_SECOND

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Serve(Server):
    """`serve` over the database of a world; with a token where it is private."""

    def __init__(self, world, folder, name, is_private=False):
        environment = dict(world.environment, **({"PACKLINE_AUTH_BEARER": TOKEN} if is_private else {}))
        self.authorization = f"Bearer {TOKEN}" if is_private else None
        super().__init__([world.bin / "serve"], folder, name, environment=environment)


def export(database, folder):
    """Writes a sample of documents, plain and compressed, and returns their paths."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT key, encoding, bytes FROM objects JOIN blobs ON blobs.hash = content_hash "
        "WHERE content_hash = deployed_hash AND key LIKE 'p2/%' ORDER BY content_hash LIMIT ?", [PATHS])
    paths = []
    for path, encoding, content in rows:
        file = folder / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        plain = zlib.decompress(content, wbits=31) if encoding == "gzip" else content
        file.write_bytes(plain)
        if encoding == "gzip":
            file.with_name(file.name + ".gz").write_bytes(content)
        paths.append("/" + path)
    return paths


def etags(server, paths, encoding, file):
    """A file of paths, each with the ETag that the server gives it."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    headers = {"Accept-Encoding": encoding, **({"Authorization": server.authorization} if server.authorization else {})}
    with open(file, "w", encoding="ascii") as out:
        for path in paths:
            connection.request("HEAD", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            out.write(f"{path} {answer.headers['ETag']}\n")
    connection.close()


def load(server, folder, file, encoding, seconds, fresh=False, rest=0):
    """One run of wrk: requests per second, the server's CPU time in µs for each, p50, p99 and the slowest in ms, and how many.

    `rest`: ms from an answer to the next request on its connection.
    """
    script = folder / "wrk.lua"
    script.write_text(WRK)
    environment = dict(os.environ, PATHS=str(file), ENCODING=encoding)
    if fresh:
        environment["FRESH"] = "yes"
    if rest:
        environment["REST"] = str(rest)
    if server.authorization:
        environment["AUTHORIZATION"] = server.authorization
    before = server.cpu
    text = subprocess.run(
        ["wrk", "--connections", str(CONNECTIONS), "--threads", str(THREADS), "--duration", f"{seconds}s", "--timeout",
         "10s", "--script", script, server.url], env=environment, capture_output=True, text=True, check=True).stdout
    cpu = server.cpu - before
    statuses = {int(status): int(count) for status, count in re.findall(r"^status (\d+) (\d+)$", text, re.MULTILINE)}
    p50, p99, worst = map(float, re.search(r"^p50 (\S+) p99 (\S+) max (\S+)$", text, re.MULTILINE).groups())
    errors = re.search(r"Socket errors: (.*)", text)
    if errors or set(statuses) - {304 if fresh else 200}:
        raise SystemExit(f"{server.url} answered {statuses}, {errors and errors[0]}")
    total = sum(statuses.values())
    duration = float(re.search(r"^seconds (\S+)$", text, re.MULTILINE)[1])
    return total / duration, 1e6 * cpu / total, p50 / 1000, p99 / 1000, worst / 1000, total


class Writes(threading.Thread):
    """`update` again and again, deriving every package anew, while `serve` answers from the same database."""

    def __init__(self, world):
        super().__init__()
        self.world, self.rounds, self.stopped = world, 0, threading.Event()

    def run(self):
        while not self.stopped.is_set():
            measure([self.world.bin / "update", "--rate", "0", "--force", "--limit", "3000"], self.world.environment,
                    self.world.log, accepted=(0, 3))
            self.rounds += 1


def under_writes(world, servers, folder, seconds):
    """A sentence on what each server answers while `update` writes to the database, which nginx has nothing to do with."""
    writes = Writes(world)
    writes.start()
    time.sleep(1)
    answers = []
    # As fast as they can, where whoever takes more of a processor waits longer for one; and at a pace that both can keep.
    for rest in (0, PACE):
        for name, server in servers.items():
            rate, _, p50, p99, worst, _ = load(server, folder, folder / f"{name}-gzip", "gzip", seconds, rest=rest)
            answers.append(f"{name} {rate:,.0f} requests/s, p50 {p50:.2f} ms, p99 {p99:.2f} ms, the slowest {worst:.0f} ms"
                           + (f" with {rest} ms between an answer and the next request" if rest else ""))
    writes.stopped.set()
    writes.join()
    return (f"While `update` derives 3,000 packages anew again and again ({writes.rounds} times) in a "
            f"{world.database.name} database: {'; '.join(answers)}.")


def long_run(server, folder, name, requests):
    """A sentence on the memory of `serve`."""
    idle, done, peak = server.memory, 0, server.memory
    while done < requests:
        done += load(server, folder, folder / f"{name}-gzip", "gzip", 20)[5]
        peak = max(peak, server.memory)
    return (f"Memory of {name}: {idle:.0f} MB after the comparison, {server.memory:.0f} MB after {done:,} further "
            f"requests, {peak:.0f} MB at most.")


def compare(world, postgres, folder, seconds, requests):
    """How many documents, rows of a table, and sentences on what happens under writes and in the long run.

    Both worlds have the same documents.
    """
    folder.mkdir()
    paths = export(world.folder / "packline.sqlite", folder)
    servers, rows, rates = {}, [], {}
    try:
        servers["nginx"] = Nginx(folder)
        servers["nginx, private"] = Nginx(folder, is_private=True)
        servers["serve"] = Serve(world, folder, "serve")
        servers["serve, private"] = Serve(world, folder, "private", is_private=True)
        servers["serve, PostgreSQL"] = Serve(postgres, folder, "postgres")
        servers["serve, PostgreSQL, private"] = Serve(postgres, folder, "postgres-private", is_private=True)
        for encoding in ("gzip", "identity"):
            for fresh in (False, True):
                for name, server in servers.items():
                    file = folder / f"{name}-{encoding}"
                    etags(server, paths, encoding, file)
                    load(server, folder, file, encoding, 2, fresh)
                    # In turns, so that a slow moment meets all.
                    rates.setdefault((encoding, fresh), {})[name] = []
                for _ in range(3):
                    for name, server in servers.items():
                        rates[encoding, fresh][name].append(
                            load(server, folder, folder / f"{name}-{encoding}", encoding, seconds, fresh))
                best = {name: sorted(runs)[1] for name, runs in rates[encoding, fresh].items()}
                for name, (rate, cpu, p50, p99, _, _) in best.items():
                    peer = best["nginx, private" if name.endswith("private") else "nginx"]
                    rows.append([f"{encoding}, {'304' if fresh else '200'}", name, f"{rate:,.0f}", f"{cpu:.1f}",
                                 f"{p50:.2f}", f"{p99:.2f}", f"{rate / peer[0]:.2f}"])
        sentences = []
        for name, written in (("serve", world), ("serve, PostgreSQL", postgres)):
            both = {each: servers[each] for each in (name, "nginx")}
            sentences.append(under_writes(written, both, folder, 4 * seconds))
            sentences.append(long_run(servers[name], folder, name, requests))
    finally:
        for server in servers.values():
            server.stop()
        shutil.rmtree(folder)
    return len(paths), rows, " ".join(sentences)
