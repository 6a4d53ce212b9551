"""What others need for the same work in the same run: tools that copy a folder into a bucket."""
import os
import pathlib
import random
import sqlite3
import subprocess
import time
import zlib

import machine

TOOLS = machine.ROOT / ".cache" / "bench" / "bin"


def export(database, folder):
    """Writes the documents of the database to files, as they are in the bucket, and returns how many."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT key, encoding, bytes FROM objects JOIN blobs ON blobs.hash = content_hash "
        "WHERE content_hash = deployed_hash AND key LIKE 'p2/%' ORDER BY key")
    written = 0
    for path, encoding, content in rows:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(zlib.decompress(content, wbits=31) if encoding == "gzip" else content)
        written += 1
    connection.close()
    return written


class Peer:
    """A tool, and how it is told to bring a bucket up to date with a folder."""

    def __init__(self, name, command, environment):
        self.name, self.command, self.environment = name, command, environment

    def is_there(self):
        return pathlib.Path(self.command[0]).exists()

    def run(self, world):
        """Wall and CPU seconds, requests to the store, and PUTs among them."""
        before, started = world.requests(), time.perf_counter()
        process = subprocess.Popen(list(map(str, self.command)), env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        complaints = process.stderr.read().decode(errors="replace")
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{self.name} ended with {process.returncode}:\n{complaints[-2000:]}")
        after = world.requests()
        return wall, used.ru_utime + used.ru_stime, after["store"] - before["store"], after["put"] - before["put"]


def environment_of(world, folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
    config = folder / "aws-config"
    config.write_text("[default]\nregion = us-east-1\ns3 =\n  addressing_style = path\n"
                      "  max_concurrent_requests = 64\n  max_queue_size = 10000\n")
    return environment | {
        "AWS_CONFIG_FILE": str(config),
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandboxsecret",
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_STORE_TYPE": "s3",
        "RCLONE_CONFIG_STORE_PROVIDER": "Other",
        "RCLONE_CONFIG_STORE_ENDPOINT": world.store.url,
        "RCLONE_CONFIG_STORE_REGION": "us-east-1",
        "RCLONE_CONFIG_STORE_FORCE_PATH_STYLE": "true",
        "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": "sandbox",
        "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": "sandboxsecret",
    }


def filling(world, folder):
    """The fastest of them, told to look at nothing."""
    flags = ["--transfers", "64", "--checkers", "64", "--no-check-dest", "--no-traverse", "--s3-no-check-bucket",
             "--s3-no-head", "--ignore-checksum", "--retries", "1", "--quiet"]
    files = folder / "files"
    return Peer("rclone copy", [TOOLS / "rclone", "copy", files, "store:peer", *flags], environment_of(world, folder))


def updating(world, folder):
    """Each as fast as it can be told to be, over the bucket that `filling` has filled."""
    environment, files = environment_of(world, folder), folder / "files"
    few = ["--transfers", "64", "--checkers", "64", "--s3-no-check-bucket", "--s3-no-head", "--retries", "1", "--quiet"]
    host = world.store.url.removeprefix("http://")
    return [
        # The times of the listing: no object is asked for by itself.
        Peer("rclone sync, by the listing's times", [TOOLS / "rclone", "sync", files, "store:peer", "--fast-list", "--update",
                             "--use-server-modtime", *few], environment),
        Peer("rclone sync, asking for each object's time", [TOOLS / "rclone", "sync", files, "store:peer", "--fast-list",
                                                            *few], environment),
        Peer("aws s3 sync", [TOOLS / "aws", "s3", "sync", files, "s3://peer", "--endpoint-url", world.store.url,
                             "--only-show-errors"], environment),
        # Sizes alone: with checksums it would read every file.
        Peer("s3cmd sync", [TOOLS / "s3cmd", "sync", "--config", os.devnull, "--no-ssl", "--host", host,
                            "--host-bucket", host, "--access_key", "sandbox", "--secret_key", "sandboxsecret",
                            "--no-check-md5", "--no-preserve", "--quiet", f"{files}/", "s3://peer/"], environment),
    ]


def change(folder, count, seed):
    """Changes files at random, each by a byte more, and returns how many."""
    files = sorted((folder / "files").rglob("*.json"))
    for file in random.Random(seed).sample(files, count):
        file.write_bytes(file.read_bytes() + b"\n")
    return count
