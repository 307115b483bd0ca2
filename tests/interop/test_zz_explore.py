import json, time, live, pytest
def show(*a): print(*a, flush=True)

@pytest.mark.parametrize("kind", ["ours", "theirs"])
def test_nested(kind, make_ours, make_theirs):
    bob = (make_ours if kind == "ours" else make_theirs)("bob")
    a, c = make_ours("alice"), make_theirs("carol")
    bob.put("properties/colour", {"name": "blue", "rgb": {"r": 1, "g": 2}})
    for x in (a, c): x.befriend(bob); x.subscribe_to(bob)
    poll = {}
    for x in (a, c):
        s = x.subscribe(bob, granularity="none", subtarget="colour"); poll[x] = s.rsplit("/", 1)[1]
    def cmp(what):
        time.sleep(.5)
        show("NEST", kind, what, "ours", a.kept(bob), "theirs", c.kept(bob), "real", bob.get("properties").json)
    cmp("base")
    bob.put("properties/colour/rgb", {"r": 3}); cmp("rgb={r:3}")
    bob.put("properties/colour/rgb/b", 9); cmp("rgb/b=9")
    bob.put("properties/colour/name", json.dumps("red")); cmp("name=red")
    bob.delete("properties/colour/name"); cmp("del name")
    bob.delete("properties/colour/rgb/b"); cmp("del rgb/b")
    bob.put("properties/colour", {"only": 1}); cmp("whole")
    for x in (a, c):
        show("DIFFS", kind, type(x).__name__, json.dumps(bob.get(f"subscriptions/{x.id}/{poll[x]}").json["data"]))
        root = [i for i in bob.subscriptions(x) if i != poll[x]][0]
        show("DIFFS root", kind, json.dumps([d["data"] for d in bob.get(f"subscriptions/{x.id}/{root}").json["data"]]))

def test_sync(make_ours, make_theirs):
    for mk in (make_ours, make_theirs):
        a, b = make_theirs("a"), mk("b")
        a.befriend(b)
        s = a.subscribe_to(b, granularity="none")
        b.put("properties/colour", {"a": 1}); b.put("properties/size", 3)
        show("SYNC", type(b).__name__, a.kept(b), a.sync(b), a.kept(b), b.get(f"subscriptions/{a.id}/{s}").json)

def test_again(pair):
    alice, bob = pair
    alice.befriend(bob)
    r = alice.post("trust", {"url": bob.url, "relationship": "friend"})
    show("AGAIN", type(alice).__name__, r.status, bool(alice.half(bob)), bool(bob.half(alice)))
    r = bob.delete(f"trust/friend/{alice.id}")
    show("DELETE by bob", type(bob).__name__, r, bool(alice.half(bob)), bool(bob.half(alice)))
    try:
        alice.befriend(bob); show("again fine")
    except AssertionError as e: show("BROKEN", e)

def test_lost_half(pair):
    "one side forgets quietly (?peer=true); can the other get rid of its half?"
    alice, bob = pair
    alice.befriend(bob)
    show(alice.delete(f"trust/friend/{bob.id}?peer=true").status, bool(alice.half(bob)), bool(bob.half(alice)))
    show("LOST", type(bob).__name__, bob.delete(f"trust/friend/{alice.id}"), bool(bob.half(alice)))
