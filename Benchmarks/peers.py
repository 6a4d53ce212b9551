"""What others need for the same work in the same run: rclone for sync."""
import os
import shutil
import sqlite3
import subprocess
import time
import zlib

RCLONE_FLAGS = [
    "--transfers", "64", "--checkers", "64", "--no-check-dest", "--no-traverse", "--s3-no-check-bucket", "--s3-no-head",
    "--ignore-checksum", "--retries", "1", "--quiet",
]


def export(database, folder, count):
    """Writes documents of the database to files, as they are in the bucket, and returns how many."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT path, encoding, bytes FROM documents JOIN blobs ON blobs.hash = content_hash "
        "WHERE content_hash = deployed_hash AND path LIKE 'p2/%' ORDER BY path LIMIT ?", [count])
    written = 0
    for path, encoding, content in rows:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(zlib.decompress(content, wbits=31) if encoding == "gzip" else content)
        written += 1
    connection.close()
    return written


def rclone_rate(rclone, world, count):
    """What `rclone copy` puts into a bucket of the same store: objects, objects per second, µs of CPU time for each."""
    folder = world.folder / "peer"
    written = export(world.folder / "packline.sqlite", folder, count)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
    environment |= {
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_STORE_TYPE": "s3",
        "RCLONE_CONFIG_STORE_PROVIDER": "Other",
        "RCLONE_CONFIG_STORE_ENDPOINT": world.store.url,
        "RCLONE_CONFIG_STORE_REGION": "us-east-1",
        "RCLONE_CONFIG_STORE_FORCE_PATH_STYLE": "true",
        "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": "sandbox",
        "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": "sandboxsecret",
    }
    before, started = world.requests(), time.perf_counter()
    process = subprocess.Popen([rclone, "copy", str(folder), "store:peer", *RCLONE_FLAGS], env=environment)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    put = world.requests()["put"] - before["put"]
    shutil.rmtree(folder)
    if process.returncode != 0 or put < written:
        raise SystemExit(f"rclone ended with {process.returncode} after {put} of {written} objects")
    return put, put / wall, 1e6 * (used.ru_utime + used.ru_stime) / put
