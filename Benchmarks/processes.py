"""Starts programs, waits for them and measures what they took."""
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Usage:
    """What one or several runs of a program took: seconds of wall and CPU time, megabytes at the peak."""

    def __init__(self, wall=0.0, cpu=0.0, peak=0.0):
        self.wall, self.cpu, self.peak = wall, cpu, peak

    def __add__(self, other):
        return Usage(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def measure(command, environment, log, accepted=(0,)):
    """Runs a command to its end.

    CPU time is the kernel's account (wait4). The peak of resident memory is what GNU time says: the kernel counts that
    of a process from before it was the program, and time's own is a megabyte where this process's is thirty.
    """
    peak_file = f"{log}.peak"
    timed = ["/usr/bin/time", "--quiet", "--format=%M", f"--output={peak_file}", *map(str, command)]
    with open(log, "ab") as output:
        started = time.perf_counter()
        process = subprocess.Popen(timed, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        with open(log, encoding="utf-8", errors="replace") as file:
            tail = "".join(file.readlines()[-20:])
        raise SystemExit(f"{tail}\n{' '.join(map(str, command))} ended with {process.returncode}; its log is {log}")
    with open(peak_file, encoding="ascii") as file:
        peak = int(file.read()) / 1024
    return Usage(wall, used.ru_utime + used.ru_stime, peak)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A program in the background, which takes the flag --port."""

    def __init__(self, command, folder, name, environment=None):
        self.log, port = folder / f"{name}.log", free_port()
        self.url = f"http://127.0.0.1:{port}"
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [*command, "--port", str(port)], env=environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True)
        deadline = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SystemExit(f"{self.log.read_text(errors='replace')}\n{command[0]} did not start")
            time.sleep(0.05)

    def ask(self, path, body=None):
        """The answer to a GET, or to a POST of `body` as JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=300) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{path} was answered by {error.code}: {error.read()[:500]!r}") from error

    @property
    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat", encoding="ascii").read().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    @property
    def memory(self):
        """Resident megabytes now."""
        pages = int(open(f"/proc/{self.process.pid}/statm", encoding="ascii").read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1048576

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
