#!/usr/bin/env python3
"""man-pages.py FOLDER VERSION: writes packline.1 and packline-VERB.1 from what `packline --experimental-dump-help` prints.

Texts come with one line a paragraph, "Examples:" and "Exit status:" as headings, and two blanks before what is below them.
"""
import json
import pathlib
import re
import sys


def escaped(text):
    """Text as roff has it: nothing in it is a request or an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "\\[u2026]")
    text = text.replace("'", "\\(aq")
    return re.sub(r"^\.", r"\\&.", text)


def name_of(command):
    return " ".join([*command.get("superCommands", []), command["commandName"]])


def is_shown(item):
    return item.get("shouldDisplay", True)


def flags(argument):
    names = sorted(argument.get("names", []), key=lambda name: len(name["name"]))
    words = [("--" if name["kind"] == "long" else "-") + name["name"] for name in names]
    return ", ".join(f"\\fB{escaped(word)}\\fR" for word in words) or None


def value_of(argument):
    return f"\\fI{escaped(argument.get('valueName') or 'value')}\\fR"


def synopsis(command):
    words = [f"\\fB{escaped(name_of(command))}\\fR"]
    arguments = [item for item in command.get("arguments", []) if is_shown(item)]
    if any(item["kind"] != "positional" for item in arguments):
        words.append("[\\fIoptions\\fR]")
    for item in arguments:
        if item["kind"] == "positional":
            dots = " ..." if item.get("isRepeating") else ""
            words.append(f"[{value_of(item)}{dots}]" if item.get("isOptional") else value_of(item) + dots)
    return " ".join(words)


def discussion(text):
    """Paragraphs, and two lists: of examples and of statuses."""
    lines = []
    for part in text.split("\n\n"):
        head, *rest = part.split("\n")
        if head == "Examples:":
            lines += [".SH EXAMPLES", ".nf", *(escaped(line.strip()) for line in rest), ".fi"]
        elif head == "Exit status:":
            lines.append(".SH EXIT STATUS")
            for line in rest:
                code, _, meaning = line.strip().partition(" ")
                lines += [".TP", f"\\fB{code}\\fR", escaped(meaning.strip())]
        else:
            lines += [".PP", escaped(part.replace("\n", " "))]
    return lines


def page(command, version, children):
    name = name_of(command)
    title = escaped(name.replace(" ", "-").upper())
    lines = [
        f'.TH {title} 1 "" "Packline {escaped(version)}" "Packline"',
        ".SH NAME", f"{escaped(name.replace(' ', '-'))} \\- {escaped(command.get('abstract', '').rstrip('.'))}",
        ".SH SYNOPSIS", synopsis(command),
    ]
    text = discussion(command.get("discussion") or "")
    first = next((index for index, line in enumerate(text) if line.startswith(".SH")), len(text))
    if text[:first]:
        lines += [".SH DESCRIPTION", *text[1 if text[0] == ".PP" else 0 : first]]
    # What follows the lists belongs to the description, and a page reads better with its flags before the lists.
    options = [item for item in command.get("arguments", []) if is_shown(item)]
    if options:
        lines.append(".SH OPTIONS")
        for item in options:
            label = flags(item)
            if item["kind"] == "positional":
                label = value_of(item)
            elif item["kind"] == "option":
                label += " " + value_of(item)
            help_text = item.get("abstract") or item.get("discussion") or ""
            default = item.get("defaultValue")
            if default and "default" not in help_text:
                help_text += f" (default: {default})"
            lines += [".TP", label, escaped(help_text.replace("\n", " ")) or "\\&"]
    if children:
        lines.append(".SH COMMANDS")
        for child in children:
            lines += [".TP", f"\\fB{escaped(child['commandName'])}\\fR", escaped(child.get("abstract", ""))]
    lines += text[first:]
    related = [name_of(child).replace(" ", "-") for child in children]
    if " " in name:
        related.insert(0, name.rpartition(" ")[0].replace(" ", "-"))
    if related:
        lines += [".SH SEE ALSO", ",\n".join(f".BR {escaped(one)} (1)" for one in related)]
    return "\n".join(line for line in lines if line) + "\n"


def main(folder, version):
    help_text = json.load(sys.stdin)

    def write(command):
        children = [child for child in command.get("subcommands", [])
                    if is_shown(child) and child["commandName"] != "help"]
        file = folder / (name_of(command).replace(" ", "-") + ".1")
        file.write_text(page(command, version, children))
        for child in children:
            write(child)

    write(help_text["command"])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
