-- SPDX-License-Identifier: Apache-2.0
-- The desk's store, as it begins.  One writer for all tables: the desk.
-- Times are microseconds UTC since 1970, names end in _us.  Numbers of
-- enums are those of fact/, never renumbered.  BLOB is a domain over bytea on
-- the other engine.

-- Who a case is about.  Kept while a case names it.  `subject` is
-- "addr:192.0.2.7" for what couldn't be attributed, empty for an account.
CREATE TABLE party (
	id BIGINT PRIMARY KEY NOT NULL,
	subject TEXT UNIQUE,
	created_us BIGINT NOT NULL);

-- The only table with account references: read by notifier, web and
-- who --reveal.  Kept as long as its party.
CREATE TABLE account (
	party BIGINT PRIMARY KEY NOT NULL
		REFERENCES party (id) ON DELETE CASCADE,
	label TEXT NOT NULL UNIQUE);

-- Kept until 180 days after closing, then case_count; watching or of no known
-- account: 14 days after its last sighting.  `record` is case_record_encode;
-- the other columns repeat what is asked for.
CREATE TABLE case_ (
	id BIGINT PRIMARY KEY NOT NULL,
	party BIGINT NOT NULL REFERENCES party (id),
	known BIGINT NOT NULL,
	state BIGINT NOT NULL,
	certainty BIGINT NOT NULL,
	score_milli BIGINT NOT NULL,
	version BIGINT NOT NULL,
	classes BIGINT NOT NULL,
	opened_us BIGINT NOT NULL,
	changed_us BIGINT NOT NULL,
	last_us BIGINT,
	due_us BIGINT,
	closed_us BIGINT,
	record BLOB NOT NULL);
CREATE INDEX case_party ON case_ (party);
CREATE INDEX case_closed ON case_ (closed_us) WHERE closed_us IS NOT NULL;
CREATE INDEX case_state ON case_ (state, changed_us);

-- What is left of cases that were erased: counts.  Kept for good.
CREATE TABLE case_count (
	day BIGINT NOT NULL,
	state BIGINT NOT NULL,
	classes BIGINT NOT NULL,
	n BIGINT NOT NULL,
	PRIMARY KEY (day, state, classes));

-- Sightings that were stepped.  Kept as long as their case; those of a
-- watching or unattributed one for 14 days.  `body` is sighting_encode.
CREATE TABLE sighting (
	day BIGINT NOT NULL,
	id BLOB NOT NULL,
	case_id BIGINT REFERENCES case_ (id) ON DELETE CASCADE,
	time_us BIGINT NOT NULL,
	first_us BIGINT NOT NULL,
	last_us BIGINT NOT NULL,
	known_us BIGINT NOT NULL,
	origin TEXT NOT NULL,
	class BIGINT NOT NULL,
	family TEXT NOT NULL,
	role BIGINT NOT NULL,
	weight_milli BIGINT NOT NULL,
	address BLOB NOT NULL,
	port BIGINT,
	proto BIGINT NOT NULL,
	peer BLOB,
	spoofable BIGINT NOT NULL,
	certainty BIGINT NOT NULL,
	awaiting BIGINT NOT NULL,
	body BLOB NOT NULL,
-- sqlite:
	PRIMARY KEY (day, id)) WITHOUT ROWID;
-- postgres:
	PRIMARY KEY (day, id));
-- both:
CREATE INDEX sighting_case ON sighting (case_id);
CREATE INDEX sighting_address ON sighting (address, time_us);
CREATE INDEX sighting_awaiting ON sighting (awaiting) WHERE awaiting <> 0;

-- Policies that cases were opened under, whole: `explain --again` and a
-- restart need them.  Kept for good: they name nobody.
CREATE TABLE policy (
	hash BLOB PRIMARY KEY NOT NULL,
	added_us BIGINT NOT NULL,
	body BLOB NOT NULL);

-- Every step of a case with all that went into it: `explain --again` runs it
-- again.  `body` is case_event_encode.  Kept as long as its case.
CREATE TABLE case_event (
	case_id BIGINT NOT NULL REFERENCES case_ (id) ON DELETE CASCADE,
	n BIGINT NOT NULL,
	now_us BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	brake BIGINT NOT NULL,
	brake_text TEXT,
	ids BLOB NOT NULL,
	causes BLOB NOT NULL,
	from_state BIGINT NOT NULL,
	state BIGINT NOT NULL,
	score_milli BIGINT NOT NULL,
	version BIGINT NOT NULL,
	changed BIGINT NOT NULL,
	row_name TEXT,
	refused TEXT,
	policy_hash BLOB NOT NULL,
	current_hash BLOB NOT NULL,
	table_version BIGINT NOT NULL,
	program TEXT NOT NULL,
	body BLOB NOT NULL,
	PRIMARY KEY (case_id, n));

-- What a step asked for.  Kept as long as its event.
CREATE TABLE case_action (
	case_id BIGINT NOT NULL,
	n BIGINT NOT NULL,
	i BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	would BIGINT NOT NULL,
	ref BIGINT NOT NULL,
	measure BIGINT NOT NULL,
	step BIGINT NOT NULL,
	target TEXT NOT NULL,
	expires_us BIGINT,
	text TEXT NOT NULL,
	PRIMARY KEY (case_id, n, i),
	FOREIGN KEY (case_id, n) REFERENCES case_event (case_id, n)
		ON DELETE CASCADE);

-- A notice, one a ladder step.  `would`: shadow, never sent.  Kept as long as
-- its case.
CREATE TABLE notice (
	id BIGINT PRIMARY KEY NOT NULL,
	case_id BIGINT NOT NULL REFERENCES case_ (id) ON DELETE CASCADE,
	step BIGINT NOT NULL,
	code_bits BIGINT NOT NULL,
	channel TEXT NOT NULL,
	created_us BIGINT NOT NULL,
	would BIGINT NOT NULL);
CREATE INDEX notice_case ON notice (case_id);
CREATE INDEX notice_code ON notice (code_bits);

-- What became of a notice: each kind is a fact of its own.  Kept as long as
-- its notice.
CREATE TABLE receipt (
	notice BIGINT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
	kind BIGINT NOT NULL,
	time_us BIGINT NOT NULL,
	proof TEXT NOT NULL,
	PRIMARY KEY (notice, kind, time_us));

-- Desired state of measures; what a device says of it is another role's table.
-- Kept as long as its case.
CREATE TABLE measure (
	id BIGINT PRIMARY KEY NOT NULL,
	case_id BIGINT NOT NULL REFERENCES case_ (id) ON DELETE CASCADE,
	kind BIGINT NOT NULL,
	target TEXT NOT NULL,
	wanted BIGINT NOT NULL,
	would BIGINT NOT NULL,
	since_us BIGINT NOT NULL,
	expires_us BIGINT NOT NULL,
	changed_us BIGINT NOT NULL,
	reason TEXT NOT NULL);
CREATE INDEX measure_case ON measure (case_id);
CREATE INDEX measure_expires ON measure (expires_us) WHERE wanted = 1;

-- What other roles are to do.  Rows never change: claims and tries are the
-- doer's own.  Lane 0 (releases) goes first.  Kept as long as its case.
CREATE TABLE outbox (
	id BIGINT PRIMARY KEY NOT NULL,
	case_id BIGINT NOT NULL REFERENCES case_ (id) ON DELETE CASCADE,
	notice BIGINT NOT NULL,
	kind TEXT NOT NULL,
	lane BIGINT NOT NULL,
	due_us BIGINT NOT NULL,
	body BLOB NOT NULL,
	UNIQUE (case_id, notice, kind));
CREATE INDEX outbox_lane ON outbox (lane, due_us);

-- Up to which sequence a spool was taken in.  One row a spool.
CREATE TABLE ingest_offset (
	source TEXT NOT NULL,
	part BIGINT NOT NULL,
	off BIGINT NOT NULL,
	PRIMARY KEY (source, part));

-- Numbers that are given once and never again (a deleted row's neither).
CREATE TABLE counter (
	name TEXT PRIMARY KEY NOT NULL,
	value BIGINT NOT NULL);

-- What became of each command, one row a case it touched.  Kept 1 year.
CREATE TABLE command_result (
	command BIGINT NOT NULL,
	n BIGINT NOT NULL,
	time_us BIGINT NOT NULL,
	actor TEXT NOT NULL,
	act BIGINT NOT NULL,
	case_id BIGINT NOT NULL,
	outcome BIGINT NOT NULL,
	from_state BIGINT NOT NULL,
	state BIGINT NOT NULL,
	measures_off BIGINT NOT NULL,
	message TEXT NOT NULL,
	PRIMARY KEY (command, n));
CREATE INDEX command_time ON command_result (time_us);
