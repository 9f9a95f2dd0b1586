"""The tables, as sqlite-utils migrations, and the version number of the whole.

Imported only when a database is made or upgraded, because sqlite-utils takes a quarter of a second to load. A
migration that has been released is never edited: the next change is a new function at the end, and `FORMAT`
in fileformat.py goes up by one.
"""

from __future__ import annotations

from sqlite_utils import Migrations
from sqlite_utils.db import Database

migrations = Migrations("mentee")

# `seq` is the row id of every table: it keeps the order of insertion whatever the clock did, and survives
# VACUUM, which the external-content FTS tables rely on.
_CONVERSATIONS = """
CREATE TABLE conversations (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL DEFAULT '',
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  leaf_id TEXT,
  instructions_off INTEGER NOT NULL DEFAULT 0 CHECK (instructions_off IN (0, 1)),
  system_prompt TEXT NOT NULL DEFAULT '',
  external_id TEXT,
  deleted_at REAL,
  FOREIGN KEY (leaf_id, id) REFERENCES messages (id, conversation_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX conversations_external ON conversations (external_id) WHERE deleted_at IS NULL;
CREATE INDEX conversations_recent ON conversations (deleted_at, updated_at);

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL REFERENCES conversations (id),
  parent_id TEXT CHECK (parent_id <> id),
  role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant', 'tool')),
  content TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('complete', 'streaming', 'stopped', 'interrupted')),
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  tool_calls TEXT CHECK (tool_calls IS NULL OR (json_valid(tool_calls) AND json_type(tool_calls) = 'array')),
  tool_call_id TEXT,
  UNIQUE (id, conversation_id),
  FOREIGN KEY (parent_id, conversation_id) REFERENCES messages (id, conversation_id)
) STRICT;
CREATE INDEX messages_tree ON messages (conversation_id, parent_id);
CREATE INDEX messages_streaming ON messages (updated_at) WHERE state = 'streaming';
CREATE TRIGGER messages_never_move BEFORE UPDATE OF id, conversation_id, parent_id ON messages BEGIN
  SELECT RAISE(ABORT, 'a message never moves');
END;
"""

_TURNS = """
CREATE TABLE turns (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  message_id TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('main', 'side')),
  prompt_token_ids BLOB NOT NULL CHECK (length(prompt_token_ids) % 4 = 0),
  reply_token_ids BLOB NOT NULL CHECK (length(reply_token_ids) % 4 = 0),
  logprobs BLOB NOT NULL CHECK (length(logprobs) IN (0, length(reply_token_ids))),
  sampler TEXT NOT NULL CHECK (json_valid(sampler) AND json_type(sampler) = 'object'),
  model_hash TEXT NOT NULL,
  template_hash TEXT NOT NULL,
  version INTEGER NOT NULL REFERENCES versions (id),
  finish_reason TEXT NOT NULL,
  memory_ids TEXT NOT NULL CHECK (json_valid(memory_ids) AND json_type(memory_ids) = 'array'),
  tools TEXT CHECK (tools IS NULL OR (json_valid(tools) AND json_type(tools) = 'array')),
  created_at REAL NOT NULL,
  FOREIGN KEY (message_id, conversation_id) REFERENCES messages (id, conversation_id)
) STRICT;
CREATE INDEX turns_conversation ON turns (conversation_id);

CREATE TABLE feedback (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('praise', 'dislike', 'correction', 'rewrite')),
  text TEXT CHECK (kind IN ('praise', 'dislike') OR text IS NOT NULL),
  scope TEXT NOT NULL CHECK (scope IN ('durable', 'reply', 'fact')),
  created_at REAL NOT NULL,
  undone_at REAL
) STRICT;
CREATE INDEX feedback_turn ON feedback (turn_id);

CREATE TABLE verdicts (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  score INTEGER NOT NULL CHECK (score IN (-1, 0, 1)),
  category TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('durable', 'reply', 'fact')),
  hint TEXT,
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  backend TEXT NOT NULL,
  votes TEXT NOT NULL CHECK (json_valid(votes) AND json_type(votes) = 'array'),
  next_message_id TEXT REFERENCES messages (id) ON DELETE SET NULL,
  created_at REAL NOT NULL
) STRICT;
CREATE INDEX verdicts_turn ON verdicts (turn_id);
CREATE INDEX verdicts_next ON verdicts (next_message_id);
"""

_LEARNING = """
CREATE TABLE lessons (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  feedback_id TEXT REFERENCES feedback (id) ON DELETE SET NULL,
  verdict_id TEXT REFERENCES verdicts (id) ON DELETE SET NULL,
  polarity INTEGER NOT NULL CHECK (polarity IN (-1, 1)),
  hint TEXT,
  rewrite TEXT,
  scope TEXT NOT NULL CHECK (scope IN ('durable', 'reply', 'fact')),
  weight REAL NOT NULL CHECK (weight BETWEEN 0 AND 1),
  state TEXT NOT NULL CHECK (state IN ('pending', 'learned', 'excluded', 'forgotten')),
  created_at REAL NOT NULL
) STRICT;
CREATE INDEX lessons_turn ON lessons (turn_id);
CREATE INDEX lessons_state ON lessons (state);
CREATE INDEX lessons_feedback ON lessons (feedback_id);
CREATE INDEX lessons_verdict ON lessons (verdict_id);

CREATE TABLE memory_items (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('instruction', 'fact')),
  text TEXT NOT NULL,
  source_text TEXT NOT NULL,
  source_turn_id TEXT REFERENCES turns (id) ON DELETE CASCADE,
  scope TEXT NOT NULL CHECK (scope IN ('everywhere', 'conversation', 'topic')),
  scope_ref TEXT CHECK (scope = 'everywhere' OR scope_ref IS NOT NULL),
  state TEXT NOT NULL CHECK (state IN ('active', 'consolidated', 'off')),
  consolidated_version INTEGER REFERENCES versions (id)
    CHECK ((state = 'consolidated') = (consolidated_version IS NOT NULL)),
  created_at REAL NOT NULL
) STRICT;
CREATE INDEX memory_items_source ON memory_items (source_turn_id);

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  "trigger" TEXT NOT NULL,
  base_version INTEGER NOT NULL REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  started_at REAL NOT NULL,
  finished_at REAL CHECK ((finished_at IS NULL) = (outcome IS NULL)),
  outcome TEXT CHECK (outcome IN ('adopted', 'rejected', 'skipped', 'failed')),
  reason TEXT NOT NULL DEFAULT '',
  version_id INTEGER REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  lessons INTEGER NOT NULL DEFAULT 0,
  exam TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(exam) AND json_type(exam) = 'object')
) STRICT;

CREATE TABLE run_events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  at REAL NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data) AND json_type(data) = 'object')
) STRICT;
CREATE INDEX run_events_run ON run_events (run_id);

CREATE TABLE versions (
  id INTEGER PRIMARY KEY CHECK (id >= 0),
  model_hash TEXT NOT NULL CHECK ((id = 0) = (model_hash = '')),
  parent_id INTEGER REFERENCES versions (id) CHECK ((id = 0) = (parent_id IS NULL)),
  run_id TEXT REFERENCES runs (id),
  sha256 TEXT NOT NULL,
  exam TEXT NOT NULL CHECK (json_valid(exam) AND json_type(exam) = 'object'),
  rank INTEGER NOT NULL,
  alpha REAL NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('adopted', 'damaged', 'deleted')),
  created_at REAL NOT NULL,
  lessons_deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO versions (id, model_hash, sha256, exam, rank, alpha, state, created_at)
  VALUES (0, '', '', '{}', 0, 0.0, 'adopted', 0.0);

CREATE TABLE version_lessons (
  version_id INTEGER NOT NULL REFERENCES versions (id),
  lesson_id TEXT NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
  PRIMARY KEY (version_id, lesson_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_lessons_lesson ON version_lessons (lesson_id);
"""

_REST = """
CREATE TABLE downloads (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  file_name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  done_bytes INTEGER NOT NULL DEFAULT 0 CHECK (done_bytes BETWEEN 0 AND size_bytes),
  state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'done', 'failed')),
  reason TEXT NOT NULL DEFAULT '',
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
) STRICT;

CREATE TABLE state (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

# A reply that is still streaming is rewritten several times a second, so it enters the index only once it
# stands still. The content comes from a view with the same condition: 'rebuild' and 'integrity-check' then
# see the same rows.
_SEARCH = """
CREATE VIEW messages_settled AS SELECT seq, content FROM messages WHERE state <> 'streaming';
CREATE VIRTUAL TABLE messages_fts USING fts5 (
  content, content = 'messages_settled', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages WHEN new.state <> 'streaming' BEGIN
  INSERT INTO messages_fts (rowid, content) VALUES (new.seq, new.content);
END;
CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages WHEN old.state <> 'streaming' BEGIN
  INSERT INTO messages_fts (messages_fts, rowid, content) VALUES ('delete', old.seq, old.content);
END;
CREATE TRIGGER messages_fts_before BEFORE UPDATE OF content, state ON messages
WHEN old.state <> 'streaming' BEGIN
  INSERT INTO messages_fts (messages_fts, rowid, content) VALUES ('delete', old.seq, old.content);
END;
CREATE TRIGGER messages_fts_after AFTER UPDATE OF content, state ON messages
WHEN new.state <> 'streaming' BEGIN
  INSERT INTO messages_fts (rowid, content) VALUES (new.seq, new.content);
END;

CREATE VIRTUAL TABLE conversations_fts USING fts5 (
  title, content = 'conversations', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER conversations_fts_insert AFTER INSERT ON conversations BEGIN
  INSERT INTO conversations_fts (rowid, title) VALUES (new.seq, new.title);
END;
CREATE TRIGGER conversations_fts_delete AFTER DELETE ON conversations BEGIN
  INSERT INTO conversations_fts (conversations_fts, rowid, title) VALUES ('delete', old.seq, old.title);
END;
CREATE TRIGGER conversations_fts_before BEFORE UPDATE OF title ON conversations BEGIN
  INSERT INTO conversations_fts (conversations_fts, rowid, title) VALUES ('delete', old.seq, old.title);
END;
CREATE TRIGGER conversations_fts_after AFTER UPDATE OF title ON conversations BEGIN
  INSERT INTO conversations_fts (rowid, title) VALUES (new.seq, new.title);
END;
"""


@migrations()
def first_tables(db: Database) -> None:
    """Format 1: everything of the first release."""
    db.executescript(_CONVERSATIONS + _TURNS + _LEARNING + _REST + _SEARCH)


@migrations()
def who_judged(db: Database) -> None:
    """Format 2: which judge exactly gave a verdict, and all hints that may be used."""
    db.executescript("""
        ALTER TABLE verdicts ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
        ALTER TABLE verdicts ADD COLUMN hints TEXT NOT NULL DEFAULT '[]'
          CHECK (json_valid(hints) AND json_type(hints) = 'array');
    """)
