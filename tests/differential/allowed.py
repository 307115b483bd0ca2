"""Which differences docs/deviations.toml explains: the `allows` of its rows.

An allowance is a table; what it does not name may be anything, and all texts are regular expressions for the whole:

    method, path   of the request; the path begins after the actor's id ("/properties/.*"), the factory's is "factory"
    query          of the request, "" without one
    who            the caller: "owner", "nobody", "friend itself", "unapproved friend another"; see people.py
    reference      the reference's status, or statuses
    here           this server's
    what           the place of the difference: "body.aw_supported", "header Allow"; without it the whole answer
    when           the name of a function of this file, for what cannot be said with the words above
    mend           the two servers are not in the same state afterwards; what is removed from both then: see mending.py
"""
import json
import re
import tomllib
import urllib.parse

import live
from ask_properties import FORM
from compare import ABSENT
from mending import MENDS
from sent import HIDDEN

FIELDS = {"method", "path", "query", "who", "reference", "here", "what", "when", "mend"}


# ---- what `when` may name: (step, here, reference, difference) -> bool ----

PREDICATES = {}


def predicate(function):
    PREDICATES[function.__name__] = function
    return function


@predicate
def a_text_in_quotes(_step, here, reference, _difference):
    """The same text, here as JSON."""
    return here.json == reference.text


def parsed(text):
    """The JSON that a text looks like; None when it is not."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


@predicate
def a_text_that_looks_like_json(_step, here, reference, difference):
    if difference.what == "body":
        return isinstance(here.json, str) and parsed(here.json) == reference.json
    return isinstance(difference.here, str) and parsed(difference.here) == difference.reference


@predicate
def the_text_null(step, here, reference, difference):
    return here.json == "null" or difference.here == "null"


@predicate
def below_such_a_text(step, _here, _reference, _difference):
    """What the model knows to have been posted as a text that looks like JSON."""
    name = urllib.parse.unquote(step.below.split("/")[2])
    return parsed(step.actor.properties.get(name)) is not None


@predicate
def below_a_text(_step, _here, reference, _difference):
    return reference.json is None


# A diff, or the callback about it: one of low granularity has a link instead of data. `cause` is what changed then.


def data_of(answer):
    return answer.json.get("data")


def name_of(cause):
    """The property that a request is about."""
    return urllib.parse.unquote((cause.below.split("/") + [""] * 2)[2]) if cause else None


def deletes(cause):
    return cause is not None and (cause.method == "DELETE" or not cause.body)


def is_hidden(data):
    return isinstance(data, dict) and bool(data) and set(data) <= HIDDEN


@predicate
def a_diff_of_what_is_hidden(step, _here, reference, _difference):
    return is_hidden(data_of(reference)) or (data_of(reference) is None and name_of(step.cause) in HIDDEN)


@predicate
def another_version_of_json_rpc(step, _here, _reference, _difference):
    return isinstance(step.body, dict) and step.body.get("jsonrpc", "2.0") != "2.0"


def says_nothing(data):
    return data == "" or isinstance(data, dict) and bool(data) and all(value == "" for value in data.values())


@predicate
def a_diff_of_no_change(step, _here, reference, _difference):
    return says_nothing(data_of(reference)) or (data_of(reference) is None and deletes(step.cause))


def leads_to(value, other):
    """Objects with one name each lead to what the other has in their stead."""
    if isinstance(value, dict) and isinstance(other, dict) and len(value) == len(other) == 1 \
            and value.keys() == other.keys() and leads_to(*value.values(), *other.values()):
        return True
    while isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
        if value == other:
            return True
    return False


@predicate
def deeper_here(_step, here, reference, _difference):
    """A diff, or each of several that is not the same."""
    ours, theirs = data_of(here), data_of(reference)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        both = [(one["data"], other["data"]) for one, other in zip(ours, theirs)]
    else:
        both = [(ours, theirs)]
    return any(leads_to(one, other) for one, other in both)


@predicate
def fewer_verbs(_step, here, reference, difference):
    """There it is absent, or is one verb, in a refusal."""
    return here.status == reference.status == 405 and difference.here != ABSENT and "," not in difference.reference


@predicate
def an_empty_attribute(_step, here, _reference, _difference):
    """One, or a bucket of nothing else."""
    rows = [here.json] if "data" in here.json else here.json.values()
    return not any(row["data"] for row in rows)


@predicate
def an_empty_attribute_more(_step, _here, _reference, difference):
    """One of a bucket, or a bucket of nothing else."""
    rows = difference.here if isinstance(difference.here, dict) else {}
    rows = [rows] if "data" in rows else rows.values()
    return difference.reference == ABSENT and bool(rows) and not any(row["data"] for row in rows)


@predicate
def a_deletion_here(step, here, _reference, _difference):
    return data_of(here) == "" or (data_of(here) is None and deletes(step.cause))


@predicate
def of_a_raw_text(step, _here, _reference, _difference):
    """The callback of a text that is no JSON."""
    return isinstance(step.cause.body, str) and bool(step.cause.body) and parsed(step.cause.body) is None


LIST_DIFF = {"list", "operation", "length"}


@predicate
def of_a_list_over_http(_step, here, reference, difference):
    """Here it has the members of a list's diff; there it has not."""
    name = re.sub(r"^body\.data(\[\]\.data)?\.?", "", difference.what)
    if isinstance(difference.here, dict) and LIST_DIFF <= difference.here.keys():
        return isinstance(difference.reference, str)
    return name.rpartition(".")[2] in LIST_DIFF | {"action", "value", "item", "index", "description", "explanation"} \
        and ABSENT in (difference.here, difference.reference) and "\"operation\":" in here.text \
        and "operation" not in reference.text


@predicate
def several_changes_of_a_list(step, _here, _reference, _difference):
    return edits_of_a_list(step.cause, None, None, None)


@predicate
def shared_with_who_may_read(_step, here, reference, _difference):
    """All that is shared there too, and of the rest what the peer may read."""
    ours, theirs = ({row["name"] for row in answer.json["shared_properties"]} for answer in (here, reference))
    return theirs <= ours <= theirs | set(reference.json["excluded_properties"]) and not here.json["excluded_properties"]


@predicate
def rules_of_a_type(_step, here, _reference, _difference):
    return here.json["source"] == "trust_type_default"


@predicate
def a_part_of_it(_step, here, _reference, difference):
    """Inside a property: only here there is more than what changed, and what was deleted is not there."""
    names = re.sub(r"^body\.data(\[\]\.data)?\.?", "", difference.what).split(".")
    inside = len([name for name in names if name]) + bool(here.json.get("subtarget")) > 1
    return inside and difference.reference in (ABSENT, "")


@predicate
def names_of_the_text_null(step, _here, _reference, difference):
    more = set(difference.here) - set(difference.reference)
    return set(difference.reference) < set(difference.here) and all(
        step.actor.properties.get(name) in ("null", None) for name in more)


@predicate
def overlapping(step, _here, _reference, _difference):
    """The peer has several subscriptions, and was told by another."""
    trust = step.actor.trusts.get(step.peer)
    return trust is not None and len(trust.inbound) > 1 and step.peer in step.told


@predicate
def nothing_new_of_a_list(step, _here, reference, _difference):
    """One that was there is made, or described, or edited by a bulk that had nothing to do."""
    if step.cause.below.endswith("/metadata") or re.search(r"\[(No items to|Bulk) update(: 0 items updated, 0 items deleted)?\]", reference.text):
        return True
    body = step.cause.body
    return isinstance(body, dict) and len(body) == 1 and body.keys() <= step.actor.lists.keys() \
        and next(iter(body.values())).get("_type") == "list"


@predicate
def an_empty_text_there(_step, _here, _reference, difference):
    return (difference.here, difference.reference) == (ABSENT, "")


@predicate
def keeps_a_part(step, _here, _reference, _difference):
    trust = step.actor.trusts.get(step.peer)
    return trust is not None and trust.in_part


@predicate
def of_a_list(step, _here, _reference, _difference):
    return name_of(step) in step.actor.lists


@predicate
def edits_of_a_list(step, _here, _reference, _difference):
    return isinstance(step.body, dict) and any(isinstance(wish, dict) and "items" in wish for wish in step.body.values())


@predicate
def a_list_by_form(step, _here, _reference, _difference):
    return step.content_type == FORM and "property_type=list" in step.body


@predicate
def rules_of_its_own(step, _here, _reference, _difference):
    """The owner has set permissions of one with this relationship."""
    return any(trust.ruled and trust.relationship == step.who.split()[0] for trust in step.actor.trusts.values())


@predicate
def null_here(_step, here, _reference, _difference):
    return here.text == "null"


@predicate
def an_empty_body(step, _here, _reference, _difference):
    return not step.body


@predicate
def deletes_items(step, _here, _reference, _difference):
    """Items of a list, by either of the two ways of a POST."""
    wishes = [wish for wish in step.body.values() if isinstance(wish, dict)] if isinstance(step.body, dict) else []
    items = [item for wish in wishes for item in wish.get("items") or [] if isinstance(item, dict)]
    return (isinstance(step.body, dict) and step.body.get("action") == "delete") or \
        any(list(item) == ["index"] for item in items)


# ---- the rows ----


class Allowance:
    def __init__(self, row, fields):
        assert not set(fields) - FIELDS, f"an allowance of {row['reference']!r} has {set(fields) - FIELDS}"
        self.row = row
        self.fields = fields
        self.mend = fields.get("mend")
        assert self.mend is None or self.mend in MENDS, self.mend
        assert fields.get("when") is None or fields["when"] in PREDICATES, fields["when"]
        assert "what" in fields or {"here", "reference"} <= fields.keys(), f"{self} would explain anything"
        self.used = 0

    def __str__(self):
        words = ", ".join(f"{name} = {json.dumps(value)}" for name, value in self.fields.items())
        return f"{self.row['reference'][:60]}: {{{words}}}"

    def _status_fits(self, side, status):
        wanted = self.fields.get(side)
        return wanted is None or status in (wanted if isinstance(wanted, list) else [wanted])

    def fits(self, step, here, reference, difference):
        """Whether it explains this difference."""
        for name, text in (("method", step.method), ("path", step.below), ("query", step.query), ("who", step.who),
                           ("what", difference.what)):
            if name in self.fields and not re.fullmatch(self.fields[name], text):
                return False
        if not (self._status_fits("here", here.status) and self._status_fits("reference", reference.status)):
            return False
        when = self.fields.get("when")
        return when is None or PREDICATES[when](step, here, reference, difference)


class Allowed:
    """All allowances, which count how often they explained something."""

    def __init__(self):
        rows = tomllib.loads((live.ROOT / "docs" / "deviations.toml").read_text())["deviation"]
        self.all = [Allowance(row, fields) for row in rows for fields in row.get("allows", [])]

    def sort(self, step, here, reference, differences):
        """(those that nothing explains, the allowances of the others)."""
        strange, used = [], []
        for difference in differences:
            found = next((one for one in self.all if one.fits(step, here, reference, difference)), None)
            if found:
                found.used += 1
                used.append(found)
            else:
                strange.append(difference)
        return strange, used

    def unused(self):
        return [one for one in self.all if not one.used]
