/** Marks the file as a catalog of this library ("TRCT"), in SQLite's `application_id`. */
export const APPLICATION_ID = 0x54524354

/** End of an interval that is still open: the largest integer that is exact in JavaScript. */
export const OPEN_SEQ = Number.MAX_SAFE_INTEGER

/**
 * The first schema. Later ones are made by migrations, never by editing this text.
 *
 * `entry` holds intervals: a row belongs to every version with `from_seq` ≤ seq < `to_seq`, so an unchanged file costs
 * nothing in a new version. `from_seq` and `to_seq` are always the seq of a version that exists, or {@link OPEN_SEQ}.
 * Blocks have no rows of their own: `block_run` holds thousands of them packed, `blocklist` the hashes of a whole
 * blocklist, and streams of one block whose stream hash is also their block hash need nothing but their entry.
 */
export const SCHEMA_V1 = `
CREATE TABLE setting(
  key TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE volume(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  type INTEGER NOT NULL,
  state INTEGER NOT NULL,
  size INTEGER,
  hash BLOB,
  created_at INTEGER NOT NULL,
  state_changed_at INTEGER NOT NULL,
  verified_count INTEGER NOT NULL DEFAULT 0,
  verified_at INTEGER,
  archived INTEGER NOT NULL DEFAULT 0,
  processed INTEGER NOT NULL DEFAULT 0,
  time INTEGER
) STRICT;

CREATE TABLE index_link(
  index_volume_id INTEGER NOT NULL,
  block_volume_id INTEGER NOT NULL,
  PRIMARY KEY(index_volume_id, block_volume_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX index_link_block ON index_link(block_volume_id);

CREATE TABLE block_run(
  first INTEGER PRIMARY KEY,
  volume_id INTEGER NOT NULL,
  count INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  sizes BLOB NOT NULL
) STRICT;
CREATE INDEX block_run_volume ON block_run(volume_id);

CREATE TABLE blockset(
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  size INTEGER NOT NULL,
  list_count INTEGER NOT NULL DEFAULT 0,
  blocklists BLOB,
  block BLOB,
  UNIQUE(hash, size)
) STRICT;

CREATE TABLE blocklist(
  hash BLOB PRIMARY KEY,
  blocks BLOB
) STRICT;
CREATE INDEX blocklist_pending ON blocklist(hash) WHERE blocks IS NULL;

CREATE TABLE folder(
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE entry(
  folder_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL DEFAULT ${OPEN_SEQ},
  type INTEGER NOT NULL,
  size INTEGER,
  mtime INTEGER,
  hash BLOB,
  content_id INTEGER,
  meta_hash BLOB,
  meta_size INTEGER,
  meta_content_id INTEGER,
  signature BLOB,
  flags INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(folder_id, name, from_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE fileset(
  seq INTEGER PRIMARY KEY,
  time INTEGER NOT NULL UNIQUE,
  volume_id INTEGER,
  is_full INTEGER NOT NULL DEFAULT 0,
  state INTEGER NOT NULL DEFAULT 0,
  files INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  entries INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE ledger(
  volume_name TEXT PRIMARY KEY,
  verified_at INTEGER NOT NULL,
  outcome TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`

/** Tells which entries of a version were not looked at when it was made, and how many these are. */
export const SCHEMA_V2 = `
ALTER TABLE fileset ADD COLUMN carried INTEGER NOT NULL DEFAULT 0;

CREATE TABLE carried_range(
  seq INTEGER NOT NULL,
  from_folder TEXT NOT NULL,
  from_name TEXT NOT NULL,
  to_folder ANY NOT NULL,
  to_name TEXT NOT NULL,
  PRIMARY KEY(seq, from_folder, from_name)
) STRICT, WITHOUT ROWID;
`
