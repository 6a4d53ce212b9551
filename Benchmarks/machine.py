"""What the figures were measured on and of."""
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def first_line(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return (result.stdout or result.stderr).strip().partition("\n")[0]


def facts():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    gigabytes = int(memory[1]) / 1048576 if memory else 0
    swift = re.search(r"Swift version (\S+)", first_line(["swift", "--version"]))
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores of {cpu[1].strip() if cpu else platform.machine()}, {gigabytes:.0f} GB, "
        f"Linux {platform.release().split('-')[0]}, Swift {swift[1] if swift else '?'}, load at start {load:.1f}"
    )


def commit():
    name = first_line(["git", "rev-parse", "--short", "HEAD"])
    dirty = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "Sources", "Package.swift"], cwd=ROOT, check=False)
    return name + (" with changes" if dirty.returncode else "")
