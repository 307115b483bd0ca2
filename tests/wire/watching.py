"""What a subscriber's store was told to keep of its peer, in the order in which it was: triggers write it down."""
import json

import live

WATCH = """
CREATE TABLE watched (at INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, data TEXT);
CREATE TRIGGER watch_new AFTER INSERT ON attributes WHEN NEW.bucket GLOB 'remote:*'
    BEGIN INSERT INTO watched (name, data) VALUES (NEW.name, NEW.data); END;
CREATE TRIGGER watch_changed AFTER UPDATE ON attributes WHEN NEW.bucket GLOB 'remote:*'
    BEGIN INSERT INTO watched (name, data) VALUES (NEW.name, NEW.data); END;
CREATE TRIGGER watch_sequence AFTER UPDATE ON subscriptions WHEN NEW.seqnr != OLD.seqnr
    BEGIN INSERT INTO watched (name, data) VALUES ('#', NEW.seqnr); END;
"""
WATCH_POSTGRES = """
CREATE TABLE watched (at SERIAL PRIMARY KEY, name TEXT, data TEXT);
CREATE FUNCTION watch_attribute() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO watched (name, data) VALUES (NEW.name, NEW.data); RETURN NEW; END $$;
CREATE FUNCTION watch_sequence() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO watched (name, data) VALUES ('#', NEW.seqnr); RETURN NEW; END $$;
CREATE TRIGGER watch_attribute AFTER INSERT OR UPDATE ON attributes FOR EACH ROW WHEN (NEW.bucket LIKE 'remote:%')
    EXECUTE FUNCTION watch_attribute();
CREATE TRIGGER watch_sequence AFTER UPDATE ON subscriptions FOR EACH ROW WHEN (NEW.seqnr <> OLD.seqnr)
    EXECUTE FUNCTION watch_sequence();
"""


def watch(store):
    live.sql(store, WATCH if store.startswith("sqlite:") else WATCH_POSTGRES)


def watched(store):
    """[(name, value)]; the name is "#" for the sequence of a subscription."""
    values = [(name, json.loads(data)) for name, data in live.sql(store, "SELECT name, data FROM watched ORDER BY at")]
    return [(name, value["value"] if isinstance(value, dict) and list(value) == ["value"] else value)
            for name, value in values]
