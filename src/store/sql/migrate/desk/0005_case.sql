-- SPDX-License-Identifier: Apache-2.0
-- The whole case: findings, objections, trials, recalls, leaves, leases.
-- Only adds (docs/HACKING.md, "Schemas"): what an older program reads is there.

-- What a sighting rests on, as it is asked for by a recall: NULL in rows of
-- schema 4 until the desk has read them again (detector: always set then).
-- `indicator` is the peer, "198.51.100.9:443" or "[2001:db8::1]:443", of a
-- sighting that a list gave.  A sighting that was the whole of its step is its
-- own event: `event_n` is its place among the case's events, the others what
-- the event row would say, `event_body` all of case_event_encode but the
-- sighting; NULL: it has a row in case_event, or none.
ALTER TABLE sighting ADD COLUMN detector TEXT;
ALTER TABLE sighting ADD COLUMN exporter TEXT;
ALTER TABLE sighting ADD COLUMN indicator TEXT;
ALTER TABLE sighting ADD COLUMN binding_source TEXT;
ALTER TABLE sighting ADD COLUMN event_n BIGINT;
ALTER TABLE sighting ADD COLUMN now_us BIGINT;
ALTER TABLE sighting ADD COLUMN row_name TEXT;
ALTER TABLE sighting ADD COLUMN score_milli BIGINT;
ALTER TABLE sighting ADD COLUMN event_body BLOB;
CREATE INDEX sighting_unread ON sighting (day, id) WHERE detector IS NULL;
CREATE INDEX sighting_origin ON sighting (origin, day);
CREATE INDEX sighting_detector ON sighting (detector, day);
CREATE INDEX sighting_exporter ON sighting (exporter, day)
	WHERE exporter IS NOT NULL;
CREATE INDEX sighting_indicator ON sighting (indicator, day)
	WHERE indicator IS NOT NULL;
CREATE INDEX sighting_source ON sighting (binding_source, day)
	WHERE binding_source IS NOT NULL;

-- Asked-for parts of the record.  `arm`: enum case_arm; `merged_into`: the case
-- this one goes on in; `earlier`: the case before.
ALTER TABLE case_ ADD COLUMN arm BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_ ADD COLUMN ladder BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_ ADD COLUMN objected_us BIGINT;
ALTER TABLE case_ ADD COLUMN answer_due_us BIGINT;
ALTER TABLE case_ ADD COLUMN merged_into BIGINT;
ALTER TABLE case_ ADD COLUMN earlier BIGINT;
CREATE INDEX case_answer ON case_ (answer_due_us)
	WHERE answer_due_us IS NOT NULL;
CREATE INDEX case_arm ON case_ (arm) WHERE arm <> 0;

-- A case's sightings by class and family.  Kept as long as it.
CREATE TABLE finding (
	case_id BIGINT NOT NULL REFERENCES case_ (id) ON DELETE CASCADE,
	class BIGINT NOT NULL,
	family TEXT NOT NULL,
	n BIGINT NOT NULL,
	first_us BIGINT NOT NULL,
	last_us BIGINT NOT NULL,
	PRIMARY KEY (case_id, class, family));

-- Two parties that are one customer: what names the first means the other.
-- Kept as long as the party it names.
CREATE TABLE party_alias (
	party BIGINT PRIMARY KEY NOT NULL,
	into_party BIGINT NOT NULL REFERENCES party (id) ON DELETE CASCADE,
	since_us BIGINT NOT NULL,
	actor TEXT NOT NULL);
CREATE INDEX party_alias_into ON party_alias (into_party);

-- `security`: enum security_reason; `weakened_from`: what an objection made
-- weaker, enum measure_kind; `channel_asked`: enum case_channel.
ALTER TABLE measure ADD COLUMN security BIGINT NOT NULL DEFAULT 0;
ALTER TABLE measure ADD COLUMN weakened_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN channel_asked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN corrected_us BIGINT;

-- What proved wrong and is taken back: everything that rests on `kind`
-- ("detector", "indicator", "feed", "exporter", "binding-source") `value` since
-- `since_us`.  Two persons; `at_day`, `at_id`: how far it went.  Kept for good:
-- it names nobody.
CREATE TABLE recall (
	id BIGINT PRIMARY KEY NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	since_us BIGINT NOT NULL,
	until_us BIGINT,
	reason TEXT NOT NULL,
	state TEXT NOT NULL,
	asked_us BIGINT NOT NULL,
	done_us BIGINT,
	sightings BIGINT NOT NULL,
	cases BIGINT NOT NULL,
	released BIGINT NOT NULL,
	corrected BIGINT NOT NULL,
	at_day BIGINT,
	at_id BLOB);
CREATE TABLE recall_person (
	recall BIGINT NOT NULL REFERENCES recall (id) ON DELETE CASCADE,
	actor TEXT NOT NULL,
	time_us BIGINT NOT NULL,
	PRIMARY KEY (recall, actor));

-- Legal facts on their way into the ledger, in order: a commitment tells
-- nothing without the case's key.  `tree_index` is the ledger's.  Kept for
-- good: it names nobody.
CREATE TABLE leaf (
	pending BIGINT PRIMARY KEY NOT NULL,
	tree_index BIGINT UNIQUE,
	version BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	hour BIGINT NOT NULL,
	commitment BLOB NOT NULL);
CREATE INDEX leaf_pending ON leaf (pending) WHERE tree_index IS NULL;

-- What a leaf commits to, and whose.  Kept as long as its case; that of an
-- erasure (no case) for good.
CREATE TABLE leaf_fact (
	pending BIGINT PRIMARY KEY NOT NULL REFERENCES leaf (pending),
	case_id BIGINT REFERENCES case_ (id) ON DELETE CASCADE,
	body BLOB NOT NULL);
CREATE INDEX leaf_fact_case ON leaf_fact (case_id);

-- Who may move an offset: `token` rises with each desk that takes the lease.
ALTER TABLE ingest_offset ADD COLUMN token BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ingest_offset ADD COLUMN desk TEXT NOT NULL DEFAULT '';
ALTER TABLE ingest_offset ADD COLUMN lease_us BIGINT NOT NULL DEFAULT 0;

-- A person's word on a case of the sample: was it right?  `sighting` NULL: of
-- the case as a whole.  Kept as long as the case; its count goes to
-- verdict_count.
CREATE TABLE verdict (
	case_id BIGINT NOT NULL REFERENCES case_ (id) ON DELETE CASCADE,
	judge TEXT NOT NULL,
	time_us BIGINT NOT NULL,
	sighting BLOB,
	day BIGINT NOT NULL,
	class BIGINT NOT NULL,
	verdict TEXT NOT NULL,
	note TEXT NOT NULL,
	PRIMARY KEY (case_id, judge, time_us));
CREATE INDEX verdict_day ON verdict (day);
CREATE TABLE verdict_count (
	day BIGINT NOT NULL,
	class BIGINT NOT NULL,
	verdict TEXT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (day, class, verdict));
