#!/usr/bin/env python3
"""report_server.py --port P --megabytes N [--names N]: a Subversion server with nothing but a long change log, or listing.

It answers what discover asks of plugins.svn.wordpress.org: OPTIONS (youngest revision), GET / (a short listing) and
REPORT, which it streams. A tenth of the slugs of the log are in the listing, or as many other names as --names says. Used
to measure how discover's memory depends on the length of a report and of a listing.
"""
import argparse
import http.server
import re

# So many that 50 MB are less than the 5,000 items that discover asks for at once: one report.
PATHS = 110
SLUGS = 2000


def item(revision):
    """One log item of some 15 KB."""
    slug = f"plugin-{revision * 7919 % SLUGS}"
    paths = "".join(
        f'<S:modified-path node-kind="file" text-mods="true" prop-mods="false">'
        f"/{slug}/trunk/includes/class-{revision}-{number}.php</S:modified-path>\n"
        for number in range(PATHS)
    )
    return (
        f"<S:log-item>\n{paths}<D:version-name>{revision}</D:version-name>\n"
        f"<S:date>2024-{1 + revision % 12:02}-{1 + revision % 28:02}T10:00:00.000000Z</S:date>\n</S:log-item>\n"
    ).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sent = 0

    def log_message(self, *_):
        pass

    def answer(self, body, **headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_OPTIONS(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(b"", SVN_Youngest_Rev=str(self.server.youngest), DAV="1,2")

    def do_GET(self):
        names = (f"package-{n:07}-named" for n in range(self.server.names)) if self.server.names else (
            f"plugin-{n}" for n in range(0, SLUGS, 10))
        lines = "".join(f'  <li><a href="{name}/">{name}/</a></li>\n' for name in names)
        title = f" - Revision {self.server.youngest}: /"
        page = f"<html><head><title>{title}</title></head>\n<body>\n<ul>\n{lines}</ul>\n</body></html>\n"
        self.answer(page.encode(), Content_Type="text/html; charset=UTF-8")

    def do_REPORT(self):
        query = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        start = int(re.search(r"start-revision>(\d+)", query)[1])
        found = re.search(r"end-revision>(\d+)", query)
        end = min(int(found[1]) if found else self.server.youngest, self.server.youngest)
        found = re.search(r"limit>(\d+)", query)
        if found and int(found[1]):
            end = min(end, start + int(found[1]) - 1)
        self.send_response(200)
        self.send_header("Content-Type", 'text/xml; charset="utf-8"')
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.chunk(b'<?xml version="1.0" encoding="utf-8"?>\n<S:log-report xmlns:S="svn:" xmlns:D="DAV:">\n')
        for revision in range(start, end + 1):
            self.chunk(item(revision))
        self.chunk(b"</S:log-report>\n")
        self.wfile.write(b"0\r\n\r\n")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--megabytes", type=float, default=50)
    parser.add_argument("--names", type=int, default=0)
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    server.names = arguments.names
    server.youngest = max(1, int(arguments.megabytes * 1e6 / len(item(10_000))))
    server.serve_forever()


if __name__ == "__main__":
    main()
