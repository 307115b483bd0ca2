"""Methods and actions of the one library's application, called by the other library's proxy."""


def test_what_there_is(app_friends):
    """Both list them in the same form."""
    alice, bob = app_friends
    for kind, name, description in (("methods", "greet", "Says hello"), ("actions", "wave", "Waves")):
        status, answer = alice.ask(bob, "GET", kind)
        assert status == 200
        assert [(one["name"], one["description"]) for one in answer[kind]] == [(name, description)]


def test_a_method(app_friends):
    alice, bob = app_friends
    status, answer = alice.ask(bob, "POST", "methods/greet", {"to": "Bob"})
    assert status in (200, 201) and answer == {"greeting": "Hello Bob"}


def test_an_action(app_friends):
    alice, bob = app_friends
    status, answer = alice.ask(bob, "POST", "actions/wave", {"hand": "left"})
    assert status in (200, 201) and answer == {"waved": True}
    assert bob.value("waved") == {"hand": "left"}


def test_what_is_not_there(app_friends):
    alice, bob = app_friends
    assert alice.ask(bob, "POST", "methods/sing", {"what": "Yesterday"}).status in (400, 404)


def test_what_a_friend_may_not(app_friends):
    alice, bob = app_friends
    assert alice.ask(bob, "POST", "methods/delete_all", {"now": 1}).status == 403
    assert alice.ask(bob, "POST", "actions/admin_reset", {"now": 1}).status == 403


def test_rights_are_taken(app_friends):
    """What is denied to one peer is not called, and not before it is given back."""
    alice, bob = app_friends
    bob.permit(alice, methods={"denied": ["greet"]}, actions={"denied": ["wave"]})
    assert alice.ask(bob, "POST", "methods/greet", {"to": "Bob"}).status == 403
    assert alice.ask(bob, "POST", "actions/wave", {"hand": "left"}).status == 403
    bob.take_back(alice)
    assert alice.ask(bob, "POST", "methods/greet", {"to": "Bob"}).status in (200, 201)
