"""Comparing two answers that differ in what each server makes up: its root, ids, secrets and times.

Every such text has a name that both servers' values of it share, `«actor1»` or `«id7»`: the first time that two of them
stand in the same place they get one, and from then on neither may stand without the other.
"""
import collections
import re

Difference = collections.namedtuple("Difference", "what here reference")

HEADERS = ("Location", "Content-Type", "WWW-Authenticate", "Allow", "Retry-After", "ETag")
MADE_UP = re.compile(r"(?<![0-9a-zA-Z])(?:[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-zA-Z])")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
ABSENT = "(absent)"


class Names:
    """What the made-up texts of both sides are called."""

    def __init__(self):
        self.here = {}
        self.reference = {}

    def give(self, name, here, reference):
        self.here[here] = f"«{name}»"
        self.reference[reference] = f"«{name}»"

    def equal(self, here, reference):
        """Whether two texts say the same; new names are given on the way."""
        if here == reference and not MADE_UP.search(here):
            return True
        if MADE_UP.sub("", here) != MADE_UP.sub("", reference):
            return False
        pairs = list(zip(MADE_UP.findall(here), MADE_UP.findall(reference)))
        if any(self.here.get(one) != self.reference.get(other) for one, other in pairs):
            return False
        for one, other in pairs:
            if one not in self.here:
                self.give(f"id{len(self.here)}", one, other)
        return True


def form_of_time(found):
    return re.sub(r"\d", "0", found.group())


def plain(text, side):
    """Without what is the side's own: its addresses, and the digits of times."""
    for address, name in side.addresses:
        text = text.replace(address, name)
    return TIME.sub(form_of_time, text)


def readable(text, side):
    """For people: with the names of all that has one."""
    return MADE_UP.sub(lambda found: side.names_of_texts.get(found.group(), found.group()), plain(text, side))


# ---- JSON ----


def order(value, side):
    """Rows in the order of what they are about: neither database promises another."""
    for key in ("subscriptionid", "peerid"):
        if all(isinstance(row, dict) and isinstance(row.get(key), str) for row in value):
            return sorted(value, key=lambda row: readable(row[key], side))
    return value


def compare_values(here, reference, pair, where="body"):
    """The differences of two JSON values, by place."""
    if isinstance(here, dict) and isinstance(reference, dict):
        ours = {readable(name, pair.here): value for name, value in here.items()}
        theirs = {readable(name, pair.reference): value for name, value in reference.items()}
        for name in sorted(ours.keys() | theirs.keys()):
            yield from compare_values(ours.get(name, ABSENT), theirs.get(name, ABSENT), pair, f"{where}.{name}")
    elif isinstance(here, list) and isinstance(reference, list) and len(here) == len(reference):
        both = zip(order(here, pair.here), order(reference, pair.reference))
        for one, other in both:
            yield from compare_values(one, other, pair, f"{where}[]")
    elif isinstance(here, str) and isinstance(reference, str):
        if not pair.names.equal(plain(here, pair.here), plain(reference, pair.reference)):
            yield Difference(where, here, reference)
    elif type(here) is not type(reference) or here != reference:
        yield Difference(where, here, reference)


# ---- answers ----


def media_type(text):
    return (text or "").replace(" ", "").lower() or None


def verbs(text):
    """Allow is a set; HEAD is always possible here."""
    return ", ".join(sorted({word.strip() for word in text.split(",")} - {"HEAD"})) if text else None


def compare_header(name, here, reference, pair):
    one, other = here.headers.get(name), reference.headers.get(name)
    if name == "Content-Type":
        one, other = media_type(one) if here.text else None, media_type(other) if reference.text else None
    elif name == "Allow":
        one, other = verbs(one), verbs(other)
    elif name == "Retry-After":
        one, other = one and "seconds", other and "seconds"
    elif name == "ETag":
        return  # the reference has none
    if one is None or other is None:
        if one != other:
            yield Difference(f"header {name}", one or ABSENT, other or ABSENT)
    elif not pair.names.equal(plain(one, pair.here), plain(other, pair.reference)):
        yield Difference(f"header {name}", one, other)


def compare_errors(here):
    """The reference's errors say nothing that could be compared. Ours say what is wrong."""
    error = here.json.get("error") if isinstance(here.json, dict) else None
    if not isinstance(error, dict) or set(error) - {"code", "message"} or not all(error.values()):
        yield Difference("error", here.text, "{\"error\":{\"code\",\"message\"}}")


def compare_bodies(here, reference, pair):
    if here.json is not None and reference.json is not None:
        yield from compare_values(here.json, reference.json, pair)
    elif media_type(here.headers.get("Content-Type")) == media_type(reference.headers.get("Content-Type")) \
            == "text/html;charset=utf-8":
        return  # pages are no part of the protocol
    else:
        yield from compare_values(here.text, reference.text, pair)


def compare_answers(here, reference, pair, method):
    """Every Difference of two answers to one request."""
    if here.status != reference.status:
        yield Difference("status", here.status, reference.status)
    refused = here.status >= 400
    if refused and method != "HEAD":
        yield from compare_errors(here)
    if refused != (reference.status >= 400):
        return
    for name in HEADERS:
        if not (refused and name == "Content-Type"):
            yield from compare_header(name, here, reference, pair)
    if not refused and method != "HEAD":
        yield from compare_bodies(here, reference, pair)
