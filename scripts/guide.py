#!/usr/bin/env python3
"""guide.py FILE HEADING [KIND]: prints the commands of one section of a page, as they stand there.

Commands are what is fenced as `sh`; KIND names those that are fenced as `sh KIND` instead. A section that has none is an error:
a guide that was renamed must not be left out in silence.
"""
import re
import sys


def commands(text, heading, kind=""):
    section = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", text, re.MULTILINE | re.DOTALL)
    if not section:
        raise SystemExit(f"there is no section '{heading}'")
    # A line of a box that begins with '#' is a heading to the search above, and a comment in no guide of ours.
    found = [box for name, box in re.findall(r"^```sh ?([a-z-]*)\n(.*?)^```$", section[2], re.MULTILINE | re.DOTALL) if name == kind]
    if not found:
        raise SystemExit(f"the section '{heading}' has no commands")
    return "".join(found)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as page:
        print(commands(page.read(), *sys.argv[2:]), end="")
