"""Writes archives of the kinds that programs write into a folder: make-archives.py FOLDER.

Those whose name begins with 'odd-' have something in them that is refused.
"""
import gzip, io, os, struct, subprocess, sys, tarfile, zipfile

folder = sys.argv[1]
text = b"<?php // hello\n" * 500


class Unseekable(io.RawIOBase):
    """What a pipe is: sizes follow the data."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


def path(name):
    return os.path.join(folder, name)


def fill(archive):
    archive.mkdir("top") if hasattr(archive, "mkdir") else None
    archive.writestr("top/a.php", text)
    archive.writestr("top/empty.txt", b"")
    archive.writestr("top/größe.txt", b"x" * 10)
    archive.writestr(zipfile.ZipInfo("top/stored.bin"), os.urandom(3000))


for name, method in [("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED)]:
    with zipfile.ZipFile(path(name), "w", method) as archive:
        fill(archive)
        archive.comment = b"4f2a1e" if method else b""
with zipfile.ZipFile(Unseekable(path("streamed.zip")), "w", zipfile.ZIP_DEFLATED) as archive:
    fill(archive)
with zipfile.ZipFile(path("zip64.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("top/large.bin", "w", force_zip64=True) as entry:
        entry.write(text)
with zipfile.ZipFile(Unseekable(path("streamed-zip64.zip")), "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("top/large.bin", "w", force_zip64=True) as entry:
        entry.write(text)
with zipfile.ZipFile(path("many.zip"), "w") as archive:
    for number in range(70_000):
        archive.writestr(zipfile.ZipInfo(f"top/{number % 97}/{number}"), b"x")
with zipfile.ZipFile(path("link.zip"), "w") as archive:
    entry = zipfile.ZipInfo("top/link")
    entry.external_attr = 0o120777 << 16
    archive.writestr(entry, "../top/a.php")
    archive.writestr("top/a.php", text)
for name, method in [("odd-bzip2.zip", zipfile.ZIP_BZIP2), ("odd-lzma.zip", zipfile.ZIP_LZMA)]:
    with zipfile.ZipFile(path(name), "w", method) as archive:
        archive.writestr("top/a.php", text)
with zipfile.ZipFile(path("odd-duplicate.zip"), "w") as archive:
    archive.writestr("top/a.php", text)
    import warnings

    warnings.simplefilter("ignore")
    archive.writestr("top/a.php", b"other")

long = "top/" + "/".join(["n" * 90] * 4) + ".php"
for name, mode, form in [
    ("ustar.tar", "w", tarfile.USTAR_FORMAT), ("gnu.tar", "w", tarfile.GNU_FORMAT), ("pax.tar", "w", tarfile.PAX_FORMAT),
    ("gnu.tar.gz", "w:gz", tarfile.GNU_FORMAT), ("pax.tar.gz", "w:gz", tarfile.PAX_FORMAT),
    ("odd.tar.bz2", "w:bz2", tarfile.PAX_FORMAT), ("odd.tar.xz", "w:xz", tarfile.PAX_FORMAT),
]:
    with tarfile.open(path(name), mode, format=form) as archive:
        for entry, kind, target in [
            ("./", tarfile.DIRTYPE, ""), ("top", tarfile.DIRTYPE, ""), ("top/a.php", tarfile.REGTYPE, ""),
            ("top/größe.php", tarfile.REGTYPE, ""), ("top/hard", tarfile.LNKTYPE, "top/a.php"),
            ("top/link", tarfile.SYMTYPE, "a.php"),
        ] + ([] if form == tarfile.USTAR_FORMAT else [(long, tarfile.REGTYPE, ""), ("l", tarfile.SYMTYPE, long)]):
            info = tarfile.TarInfo(entry)
            info.type, info.linkname = kind, target
            info.size = len(text) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(text))
for name, kind, entry, target in [
    ("odd-outside.tar", tarfile.REGTYPE, "../a", ""), ("odd-absolute.tar", tarfile.REGTYPE, "/a", ""),
    ("odd-link.tar", tarfile.SYMTYPE, "top/a", "../../b"), ("odd-device.tar", tarfile.CHRTYPE, "a", ""),
    ("odd-fifo.tar", tarfile.FIFOTYPE, "a", ""), ("odd-hard.tar", tarfile.LNKTYPE, "a", "/etc/passwd"),
    ("odd-hard2.tar", tarfile.LNKTYPE, "a", "b"),
]:
    with tarfile.open(path(name), "w") as archive:
        archive.addfile(tarfile.TarInfo("top/file"))
        info = tarfile.TarInfo(entry)
        info.type, info.linkname = kind, target
        archive.addfile(info)
with gzip.open(path("odd.txt.gz"), "wb") as file:
    file.write(text)
with open(path("two-members.tar.gz"), "wb") as file:
    whole = open(path("ustar.tar"), "rb").read()
    file.write(gzip.compress(whole[:700]) + gzip.compress(whole[700:]))

# What GitHub, GitLab and Satis are made with.
repository = path("repository")
os.mkdir(repository)
git = ["git", "-C", repository, "-c", "user.name=a", "-c", "user.email=a@example.org"]
subprocess.run(git + ["init", "--quiet"], check=True)
os.makedirs(f"{repository}/src")
open(f"{repository}/src/a.php", "wb").write(text)
os.symlink("src/a.php", f"{repository}/link")
open(f"{repository}/{'n' * 120}.php", "wb").write(text)
os.symlink("n" * 120 + ".php", f"{repository}/{'l' * 110}")
subprocess.run(git + ["add", "."], check=True)
subprocess.run(git + ["commit", "--quiet", "--message", "x"], check=True)
for form in ["zip", "tar", "tar.gz"]:
    command = git + ["archive", f"--format={form}", "--prefix=top/", "--output", path(f"git.{form}"), "HEAD"]
    subprocess.run(command, check=True)
