"""Reading the project's documents: their code blocks with the marks before them, and their links.

A mark is a comment in the line before a block:

    <!-- c: statements -->      the C code stands inside a function
    <!-- c: declarations -->    it stands at file level, after the usual includes
    <!-- quotes: PATH -->       it is a part of that file, word for word
    <!-- refused -->            these commands fail, as they should
    <!-- soon -->               these commands show the output below them sooner or later
"""
import collections
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md"))

Block = collections.namedtuple("Block", "page line language text mark")


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks_of(page):
    found, lines = [], page.read_text().splitlines()
    at = 0
    while at < len(lines):
        fence = re.match(r"( *)```(\w*)$", lines[at])
        if not fence:
            at += 1
            continue
        end = next(i for i in range(at + 1, len(lines)) if lines[i].strip() == "```")
        mark = re.fullmatch(r"<!-- (.*) -->", lines[at - 1].strip()) if at else None
        indent = len(fence[1])
        text = "\n".join(line[indent:] for line in lines[at + 1:end]) + "\n"
        found.append(Block(page, at + 1, fence[2], text, mark[1] if mark else ""))
        at = end + 1
    return found


def all_blocks():
    return [block for page in PAGES for block in blocks_of(page)]


def label(block):
    return f"{name_of(block.page)}:{block.line}"


def without_blocks(page):
    return re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.M | re.S)


def links_of(page):
    return re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", without_blocks(page))


def anchors_of(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(page), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
