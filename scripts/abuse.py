#!/usr/bin/env python3
"""abuse.py URL PID LIMIT_MB: what a server in public meets, in a quarter of a minute.

Slow clients, thousands of idle connections, heads of a megabyte, malformed HTTP, random bytes and answers that nobody
takes, all against the `serve` process PID that listens at URL, and all from one address. Meanwhile an honest client with
another address asks for /packages.json and /readyz again and again. Fails unless every one of its answers is right and
comes within ten seconds, the process lives, and its memory never exceeds LIMIT_MB, which it was told it may take
(PACKLINE_SERVE_MEMORY_MB).
"""
import http.client
import os
import random
import resource
import socket
import sys
import threading
import time
import urllib.parse

# Slow clients must live long enough to be sent away.
SECONDS = 15
IDLE = 10_000
# What the other attacks and the honest client have open.
OTHER_FILES = 900
LATEST_ANSWER_S = 10.0
HONEST_ADDRESS = "127.0.0.2"


class Honest(threading.Thread):
    """Asks on, as a client that does nothing wrong."""

    def __init__(self, host, port):
        super().__init__(daemon=True)
        self.host, self.port = host, port
        self.stopped = threading.Event()
        self.count, self.slowest, self.failures = 0, 0.0, []

    def run(self):
        while not self.stopped.wait(0.02):
            begun = time.monotonic()
            try:
                # A loopback address other than the attackers', where the server is reached through loopback.
                source = (HONEST_ADDRESS, 0) if self.host == "127.0.0.1" else None
                connection = http.client.HTTPConnection(self.host, self.port, timeout=10, source_address=source)
                for path in ("/packages.json", "/readyz"):
                    connection.request("GET", path)
                    answer = connection.getresponse()
                    body = answer.read()
                    if answer.status != 200 or not body.startswith(b"{"):
                        self.failures.append(f"{path}: status {answer.status}")
                connection.close()
            except OSError as error:
                self.failures.append(repr(error))
            self.count += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)


def peak_mb(pid):
    """The most that was ever resident."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def connect(address):
    connection = socket.create_connection(address, timeout=3)
    connection.settimeout(1)
    return connection


def quietly(action, *values):
    """Does what a server may well refuse."""
    try:
        return action(*values)
    except OSError:
        return None


def slowloris(address, until):
    """Heads that never end, a byte at a time; a connection that was closed is opened again."""
    connections = [None] * 200
    closed = 0
    while time.monotonic() < until:
        for index, connection in enumerate(connections):
            if connection is None:
                connections[index] = connection = quietly(connect, address)
                if connection:
                    quietly(connection.sendall, b"GET /packages.json HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            elif quietly(connection.sendall, b"a") is None:
                connection.close()
                connections[index], closed = None, closed + 1
        time.sleep(0.5)
    for connection in connections:
        if connection:
            connection.close()
    return closed


def idle(address, until):
    """Connections on which nothing is said: as many as wanted, or as this process may open beside the others."""
    connections = []
    wanted = min(IDLE, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OTHER_FILES)
    while len(connections) < wanted and time.monotonic() < until:
        if connection := quietly(connect, address):
            connections.append(connection)
    time.sleep(max(0, until - time.monotonic()))
    for connection in connections:
        connection.close()
    return len(connections)


def throw(address, data):
    connection = quietly(connect, address)
    if connection is None:
        return
    quietly(connection.sendall, data)
    quietly(connection.recv, 65_536)
    connection.close()


def malformed(address, until):
    """Bytes that are almost HTTP, far too much of it, or nothing like it."""
    chance = random.Random(7)
    lines = [
        b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b"\r\n" * 1000, b"\x16\x03\x01" * 99,
        b"GET /" + b"../" * 500 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /p2/%00/%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /downloads HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{",
        b"POST /downloads HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n" + b"x" * 200_000,
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % number for number in range(20_000)) + b"\r\n",
        b"GET /metadata/changes.json?since=" + b"9" * 1_500 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ]
    count = 0
    while time.monotonic() < until:
        throw(address, chance.choice(lines) if chance.random() < 0.6 else chance.randbytes(chance.randrange(4_000)))
        count += 1
    return count


def pipelined(address, until):
    """Hundreds of requests at once from a client that never reads."""
    count = 0
    request = b"GET /packages.json HTTP/1.1\r\nHost: x\r\n\r\n" * 500
    while time.monotonic() < until:
        connections = [connection for _ in range(5) if (connection := quietly(connect, address))]
        for connection in connections:
            quietly(connection.sendall, request)
        time.sleep(1)
        for connection in connections:
            connection.close()
        count += len(connections)
    return count


def unread(address, until):
    """Hundreds who ask for what is large, again and again, and take nothing."""
    count = 0
    request = b"".join(
        b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path
        for path in (b"/packages/list.json", b"/metadata/changes.json?since=10000000000000", b"/packages", b"/packages.json")
    ) * 10
    while time.monotonic() < until:
        connections = [connection for _ in range(200) if (connection := quietly(connect, address))]
        for connection in connections:
            quietly(connection.sendall, request)
        time.sleep(max(0, min(5, until - time.monotonic())))
        for connection in connections:
            connection.close()
        count += len(connections)
    return count


def main(url, pid, limit_mb):
    parts = urllib.parse.urlsplit(url)
    address = (parts.hostname, parts.port or 80)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, IDLE + 2_000)), hard))

    honest = Honest(*address)
    honest.start()
    until = time.monotonic() + SECONDS
    results = {}
    threads = [threading.Thread(target=lambda attack=attack: results.update({attack.__name__: attack(address, until)}))
               for attack in (slowloris, idle, malformed, pipelined, unread)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    honest.stopped.set()
    honest.join()
    if not os.path.exists(f"/proc/{pid}"):
        sys.exit("abuse.py: the server died")
    peak = peak_mb(pid)
    print(f"{honest.count} honest answers, the slowest in {honest.slowest:.2f} s; at most {peak:.0f} MB; {results}")
    problems = honest.failures[:3]
    if honest.slowest > LATEST_ANSWER_S:
        problems.append(f"an honest client waited {honest.slowest:.1f} s")
    if peak > limit_mb:
        problems.append(f"it took {peak:.0f} MB and may take {limit_mb}")
    if results.get("slowloris", 0) == 0:
        problems.append("no slow client was sent away")
    if problems:
        sys.exit("abuse.py: " + "; ".join(problems))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
