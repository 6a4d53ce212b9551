#!/usr/bin/env python3
"""terminal-check.py FOLDER_OF_EXECUTABLES: what packline shows on terminals, and what goes to standard output and error.

Runs it over the sandbox, on pseudo-terminals of 40 and more columns. Prints "ok NAME" or "FAILED NAME" for each check, and at
the end how many. Waits for what is to be seen, never for a time.
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

CLEARED = "\r\x1b[K"
passed = failed = 0


def check(name, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"ok {name}" if good else f"FAILED {name}", flush=True)
    if not good and detail:
        print("\n".join(f"    {line}" for line in str(detail)[-3000:].splitlines()), flush=True)


class Terminal:
    """A command on a terminal of so many columns; `until` reads what it shows."""

    def __init__(self, columns, command, environment):
        environment = {name: value for name, value in environment.items() if name != "COLUMNS"}
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            # The parent sets the size before it lets this go on.
            os.read(0, 1)
            os.execve(command[0], command, {"TERM": "xterm", **environment})
        self.shown = b""
        self.resize(columns)
        os.write(self.file, b"\n")

    def resize(self, columns):
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))

    @property
    def text(self):
        return self.shown.decode(errors="replace")

    def until(self, wanted=None, seconds=300):
        """Reads until a pattern is there, or until the end."""
        deadline = time.monotonic() + seconds
        while wanted is None or not re.search(wanted, self.text):
            if time.monotonic() > deadline or not select.select([self.file], [], [], 5)[0]:
                if time.monotonic() > deadline:
                    break
                continue
            try:
                piece = os.read(self.file, 65536)
            except OSError:
                break
            if not piece:
                break
            self.shown += piece
        return self.text

    def press(self, key):
        os.write(self.file, key)

    def end(self, seconds=300):
        """The exit code; negative for a signal."""
        self.until(None, seconds)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.file)
        return os.waitstatus_to_exitcode(status)


def lines(text):
    """Lines without their ends and without what clears them."""
    return [line for part in text.replace("\r\n", "\n").split("\n") for line in part.split(CLEARED)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(folder, work):
    packline = str(folder / "packline")
    port = free_port()
    sandbox = subprocess.Popen(
        [folder / "packline-sandbox", "--port", str(port), "--world", "generated", "--plugins", "400", "--themes", "20"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("PACKLINE_", "AWS_")) and name not in ("NO_COLOR", "COLUMNS", "TERM")}
        environment |= {
            "PACKLINE_DATABASE_URL": f"sqlite:{work}/packline.sqlite", "PACKLINE_BUCKET_URL": f"file:{work}/public",
            "PACKLINE_WPORG_API_URL": address, "PACKLINE_WPORG_DOWNLOADS_URL": address,
            "PACKLINE_WPORG_PLUGINS_SVN_URL": f"{address}/svn/plugins", "PACKLINE_WPORG_THEMES_SVN_URL": f"{address}/svn/themes",
        }
        while sandbox.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        run_checks(packline, environment, port)
    finally:
        sandbox.terminate()
        sandbox.wait()


def run_checks(packline, environment, taken):
    def run(*words, **more):
        return subprocess.run([packline, *words], capture_output=True, text=True, env=environment | more)

    def shown(columns, *words, **more):
        terminal = Terminal(columns, [packline, *words], environment | more)
        return terminal, terminal.end()

    def runs():
        return json.loads(run("status", "--json").stdout)["runs"]

    # Where what is said goes.
    first = run("run", "--rate", "0")
    check("elsewhere than on a terminal a run logs, and standard output is empty", first.returncode == 0
          and not first.stdout and "run finished" in first.stderr and "\x1b" not in first.stderr, first.stderr)
    for words, said in ((["update", "--dry-run"], "would ask for"), (["sync", "--dry-run"], "would upload"),
                        (["discover", "--dry-run"], "wordpress-plugins: ")):
        dry = run(*words)
        check(f"{' '.join(words)} says what it would do on standard output, once, and nothing else",
              dry.returncode == 0 and not dry.stderr and dry.stdout.count("dry run") == 1 and said in dry.stdout,
              dry.stdout + dry.stderr)
    quiet = run("update", "--force", "--rate", "0", "-q")
    check("--quiet says nothing where all is well", quiet.returncode == 0 and not quiet.stdout + quiet.stderr, quiet.stderr)

    # What is refused.
    before = runs()
    for words, said in (
        (["sync", "--package", "nosuch"], "'nosuch'"), (["update", "--package", "nosuch"], "'nosuch'"),
        (["discover", "--package", "nosuch"], "'nosuch'"), (["run", "--package", "nosuch"], "'nosuch'"),
        (["update", "--run", "99999"], "99999"), (["sync", "--run", "99999"], "99999"),
        (["discover", "--run", "99999"], "99999"), (["update", "--package", ""], "--package is empty"),
        (["sync", "--package", " "], "--package is empty"), (["status", "--package", ""], "--package is empty"),
        (["status", "--package", "nosuch"], "'nosuch'"), (["update", "--every", "5"], "such as 30s"),
        (["discover", "--only", "site kit"], "has a space in it"), (["run", "--database", ""], "is empty"),
    ):
        refused = run(*words)
        check(f"64: packline {' '.join(word or repr(word) for word in words)}", refused.returncode == 64
              and refused.stderr.count(said) == 1 and not refused.stdout, f"{refused.returncode} {refused.stderr}")
    check("what is refused is no run", runs() == before, runs())
    for words in (["--port", str(taken)], ["--host", "203.0.113.5", "--port", "0"], ["--host", "nosuch.invalid"]):
        taken_by = run("serve", *words)
        check(f"serve {' '.join(words)} names the address and the remedy, and no number of an error",
              taken_by.returncode == 1 and re.search(r"can't listen on \S+: .*--(port|host)", taken_by.stderr)
              and "errno" not in taken_by.stderr, taken_by.stderr)

    # On a terminal.
    for columns in (40, 80, 200):
        terminal, code = shown(columns, "update", "--force", "--rate", "3", "--concurrency", "1")
        bars = [part for part in terminal.text.split(CLEARED) if re.match(r"update  \[[#·]+\]", part)]
        check(f"a bar at {columns} columns fits, and is cleared", code == 0 and bars
              and all(len(bar.split("\r\n")[0]) < columns for bar in bars) and not bars[-1].endswith("\n"), terminal.text)
        wide = [line for line in lines(terminal.text) if len(line) >= columns]
        check(f"the summary at {columns} columns fits", not wide and "succeeded in" in terminal.text, wide or terminal.text)
    terminal = Terminal(120, [packline, "update", "--force", "--rate", "2", "--concurrency", "1"], environment)
    terminal.until(r"\[[#·]+\]")
    terminal.resize(30)
    read = len(terminal.text)
    code = terminal.end()
    later = [part.split("\r\n")[0] for part in terminal.text[read:].split(CLEARED)]
    check("a bar follows the terminal's size", code == 0 and later[1:] and all(len(part) < 30 for part in later[1:]), later)
    terminal, code = shown(80, "update", "--force", "--rate", "0", "--no-progress")
    check("--no-progress has no bar, and a summary", code == 0 and "[#" not in terminal.text
          and "succeeded in" in terminal.text, terminal.text)
    terminal, code = shown(80, "update", "--force", "--rate", "0", "--log-format", "json")
    told = [json.loads(line) for line in lines(terminal.text) if line.startswith("{")]
    check("JSON logs on a terminal are JSON alone", code == 0 and told and "\x1b" not in terminal.text
          and not [line for line in lines(terminal.text) if line.strip() and not line.startswith("{")]
          and all(one["time"].endswith("Z") for one in told), terminal.text)
    coloured, _ = shown(200, "serve", "--port", str(taken))
    plain, _ = shown(200, "serve", "--port", str(taken), NO_COLOR="1")
    check("an error has a colour on a terminal, and none with NO_COLOR", "\x1b[31merror" in coloured.text
          and "\x1b[3" not in plain.text and " error serve: " in plain.text, coloured.text + plain.text)
    dumb, _ = shown(80, "update", "--force", "--rate", "0", TERM="dumb")
    check("a terminal that can't clear a line gets lines", "\x1b" not in dumb.text and "run finished" in dumb.text, dumb.text)
    verbs = re.findall(r"^  ([a-z]+)(?= |$)", run("--help").stdout.partition("SUBCOMMANDS:\n")[2], re.MULTILINE)
    wide, torn = [], []
    for verb in ("", *(name for name in verbs if name != "help")):
        texts = {}
        for columns in (40, 80, 200):
            terminal, code = shown(columns, *[verb] if verb else [], "--help")
            texts[columns] = terminal.text.replace("\r\n", "\n")
            wide += [line for line in texts[columns].split("\n") if len(line) > columns and len(line.split()) > 1]
            wide += [verb] if code != 0 or "Examples:" not in texts[columns] or "USAGE:" not in texts[columns] else []
        torn += [verb] if len({tuple(text.split()) for text in texts.values()}) > 1 else []
    check("all help fits 40, 80 and 200 columns", len(verbs) > 11 and not wide, wide or verbs)
    check("no help breaks a word", not torn, torn)
    terminal, code = shown(40, "update", "--nosuch")
    broad = [line for line in lines(terminal.text) if len(line) >= 40 and len(line.split()) > 1]
    check("a refusal fits 40 columns, its usage too", code == 64 and "Usage: packline" in terminal.text and not broad,
          terminal.text)
    terminal, code = shown(40, "audit", "nosuch.lock", PACKLINE_ADVISORY_FEEDS="wordfence")
    broad = [line for line in lines(terminal.text) if len(line) >= 40 and len(line.split()) > 1]
    check("what audit refuses fits 40 columns", code != 0 and terminal.text.strip() and not broad, terminal.text)

    # Stopped.
    slow = ["update", "--force", "--rate", "0.05", "--concurrency", "1"]
    for key, name, number in ((b"\x03", "Ctrl-C", 130), (None, "SIGTERM", 143)):
        terminal = Terminal(80, [packline, "update", "--force", "--every", "1h", "--rate", "0"], environment)
        terminal.until("succeeded in")
        terminal.press(key) if key else os.kill(terminal.pid, signal.SIGTERM)
        terminal.until("stopping: ")
        code = terminal.end()
        check(f"{name} is answered, and ends with {number}", code == number and "stopping: " in terminal.text
              and "Ctrl-C again" in re.sub(r"\s+", " ", terminal.text), f"{code} {terminal.text}")
        terminal = Terminal(80, [packline, *slow], environment)
        terminal.until(r"\[[#·]+\]|\d+/s")
        terminal.press(key) if key else os.kill(terminal.pid, signal.SIGTERM)
        terminal.until("stopping: ")
        terminal.press(key) if key else os.kill(terminal.pid, signal.SIGTERM)
        code = terminal.end()
        check(f"a second {name} ends it now, with {number}", code == number and "interrupted in" not in terminal.text,
              f"{code} {terminal.text}")
    terminal = Terminal(80, [packline, "update", "--force", "--rate", "1", "--concurrency", "1"], environment)
    terminal.until(r"\[[#·]+\]")
    terminal.press(b"\x03")
    code = terminal.end()
    check("an interrupted run does not say of what remained that it was not due", code == 130
          and "interrupted in" in terminal.text and "not due" not in terminal.text, f"{code} {terminal.text}")
    logged = subprocess.Popen([packline, "update", "--force", "--every", "1h", "--rate", "0", "--log-format", "json"],
                              stderr=subprocess.PIPE, text=True, env=environment)
    for line in logged.stderr:
        if '"run finished"' in line:
            logged.send_signal(signal.SIGINT)
        if '"stopping"' in line:
            break
    rest = logged.stderr.read()
    check("a stop is logged as JSON where that is wanted", logged.wait() == 130, rest)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="packline-terminal.") as work:
        main(pathlib.Path(sys.argv[1]), work)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
