"""The view's tables. `clients` has what is listed of both halves of a client, each with its version; what they said
in full is beside it, so that rows stay narrow. `seq` grows with every row that is written: who keeps columns of them in
memory asks for what is newer. `worded` in `about` changes with every change of the words that clients are found by.

`tally` is the cube of counts that roll-ups are read from, `margins` its sums along some sides; `drift` is by
how much it changed in an hour, so that the day behind a figure is the present less what came since. `flows` is the same
for moves, `turns` their sums by place: `across` is the region at the other end where the move kept the place.
"""

EDITION = 5  # raised when a table changes: a view of another edition is built anew

TABLES = """
CREATE TABLE about(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE positions(topic TEXT, partition INT, offset INT NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY(topic, partition)) WITHOUT ROWID;
CREATE TABLE reference(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE clients(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  client_version INT NOT NULL DEFAULT 0, assignment_version INT NOT NULL DEFAULT 0,
  live INT NOT NULL, status TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
  country TEXT NOT NULL, client_type TEXT NOT NULL, cents INT NOT NULL,
  territory TEXT NOT NULL, region TEXT, advisor TEXT NOT NULL, tier TEXT NOT NULL, segment TEXT NOT NULL,
  city TEXT, industry TEXT, amount TEXT, currency TEXT, confidence REAL NOT NULL DEFAULT 100,
  members INT NOT NULL DEFAULT 0, parent_record TEXT,
  decided_by TEXT, conflicts INT NOT NULL DEFAULT 0, changed INT NOT NULL, seq INT NOT NULL);
CREATE TABLE told_clients(n INTEGER PRIMARY KEY, client BLOB);
CREATE TABLE told_assignments(n INTEGER PRIMARY KEY, assignment BLOB);
CREATE TABLE members(record TEXT, client INT, PRIMARY KEY(record, client)) WITHOUT ROWID;
CREATE INDEX members_by_client ON members(client);
CREATE TABLE tally(region TEXT, territory TEXT, advisor TEXT, tier TEXT, segment TEXT, country TEXT, client_type TEXT,
  status TEXT, clients INT NOT NULL, cents INT NOT NULL,
  PRIMARY KEY(region, territory, advisor, tier, segment, country, client_type, status)) WITHOUT ROWID;
CREATE TABLE margins(field TEXT, region TEXT, value TEXT, clients INT NOT NULL, cents INT NOT NULL,
  PRIMARY KEY(field, region, value)) WITHOUT ROWID;
CREATE TABLE drift(hour INT, region TEXT, territory TEXT, advisor TEXT, status TEXT, clients INT NOT NULL,
  cents INT NOT NULL, PRIMARY KEY(hour, region, territory, advisor, status)) WITHOUT ROWID;
CREATE TABLE moves(at INT, client TEXT, version INT, kind TEXT NOT NULL, name TEXT NOT NULL, cents INT NOT NULL,
  from_territory TEXT, from_region TEXT, from_advisor TEXT, from_tier TEXT,
  to_territory TEXT, to_region TEXT, to_advisor TEXT, to_tier TEXT, decided_by TEXT,
  PRIMARY KEY(at, client, version)) WITHOUT ROWID;
CREATE TABLE flows(hour INT, from_territory TEXT, from_region TEXT, from_advisor TEXT,
  to_territory TEXT, to_region TEXT, to_advisor TEXT, clients INT NOT NULL, cents INT NOT NULL,
  PRIMARY KEY(hour, from_territory, from_region, from_advisor, to_territory, to_region, to_advisor)) WITHOUT ROWID;
CREATE TABLE turns(hour INT, field TEXT, region TEXT, id TEXT, across TEXT, ins INT NOT NULL, outs INT NOT NULL,
  PRIMARY KEY(hour, field, region, id, across)) WITHOUT ROWID;
CREATE TABLE marks(region TEXT PRIMARY KEY, at INT NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5(name, city, records, columnsize=0, prefix='1 2 3',
  tokenize="unicode61 remove_diacritics 2");
"""

# Made when the view is whole for the first time: filling it without them takes half the time. The cube needs none:
# regions are few, so SQLite, which has counted them, skips along its primary key to a territory or an advisor.
INDEXES = {
    "clients_by_name": "clients(name_key, id) WHERE live",
    "clients_by_cents": "clients(cents, id) WHERE live",
    "clients_by_changed": "clients(changed, id) WHERE live",
    "clients_by_confidence": "clients(confidence, id) WHERE live",
    "clients_by_seq": "clients(seq)",
    "clients_by_parent": "clients(parent_record) WHERE parent_record IS NOT NULL",
    "moves_by_client": "moves(client, at)",
}

WORDED = "UPDATE about SET value = value + 1 WHERE key = 'worded'"

COUNTED = ("clients", "members", "moves", "tally")  # whose contents SQLite must know to choose its way
