"""Asks other programs whether archives are whole: judge.py FOLDER.

A line for each file, its name and a verdict: 'good' where all of them read it to its end, else who does not. PHP's ZipArchive
is what Composer unpacks with.
"""
import os, subprocess, sys, tarfile, zipfile, zlib

folder = sys.argv[1]


def python_zip(path):
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None and len(archive.namelist()) > 0


def python_tar(path):
    with tarfile.open(path) as archive:
        for entry in archive:
            if entry.isreg():
                file = archive.extractfile(entry)
                while file.read(1 << 20):
                    pass
        return True


def program(*command):
    # 1 is a warning of unzip's.
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode in (0, 1 if command[0] == "unzip" else 0)


PHP = r"""
foreach (glob($argv[1] . '/*') as $path) {
    if (!is_file($path) || file_get_contents($path, false, null, 0, 2) !== 'PK') continue;
    $zip = new ZipArchive();
    $good = $zip->open($path) === true && $zip->numFiles > 0;
    for ($i = 0; $good && $i < $zip->numFiles; $i++) $good = $zip->getFromIndex($i) !== false;
    if ($good) echo basename($path), "\0";
}
"""
good_in_php = set(subprocess.run(["php", "-r", PHP, folder], capture_output=True, check=True).stdout.decode().split("\0"))

for name in sorted(os.listdir(folder)):
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        continue
    with open(path, "rb") as file:
        is_zip = file.read(2) == b"PK"
    against = []
    try:
        if not (python_zip(path) if is_zip else python_tar(path)):
            against.append("python")
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
            zlib.error, UnicodeError, KeyError, IndexError, OverflowError) as error:
        against.append("python")
    if not program(*(["unzip", "-tqq", path] if is_zip else ["tar", "-tf", path])):
        against.append("unzip" if is_zip else "tar")
    if is_zip and name not in good_in_php:
        against.append("php")
    print(f"{name}\t{'good' if not against else ','.join(against)}")
