-- SPDX-License-Identifier: Apache-2.0
-- The whole case: findings, objections, trials, recalls, leaves, leases.
-- All that the schema before has is still there (docs/HACKING.md, "Change what
-- is stored"); indexes that cost more than they gave are gone.

-- A look-up is never changed: what SQLite has from schema 3 on.
-- postgres:
CREATE FUNCTION audit_never_changes() RETURNS trigger LANGUAGE plpgsql
	AS 'BEGIN RAISE ''a look-up is never changed''; END';
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
	FOR EACH ROW EXECUTE FUNCTION audit_never_changes();
-- both:

-- `binding_source`: what named the holder.  What else a recall asks for stands
-- in `body`: it walks the days since, a column and an index each would cost
-- every row.  A sighting that was the whole of its step carries its event:
-- `event_n` is its place among the case's events, `event` the rest but the
-- sighting; NULL: the event is in case_event, or there was none.
-- In SQLite rows go one behind the other now, not by their random id: half the
-- pages are written (measured: 71 to 50 us of processor a sighting).
-- sqlite:
CREATE TABLE sighting_5 (
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
	binding_source TEXT,
	event_n BIGINT,
	event BLOB,
	PRIMARY KEY (day, id));
INSERT INTO sighting_5 (day, id, case_id, time_us, first_us, last_us, known_us, origin, class,
	family, role, weight_milli, address, port, proto, peer, spoofable,
	certainty, awaiting, body)
SELECT day, id, case_id, time_us, first_us, last_us, known_us, origin, class,
	family, role, weight_milli, address, port, proto, peer, spoofable,
	certainty, awaiting, body
FROM sighting ORDER BY day, id;
DROP TABLE sighting;
ALTER TABLE sighting_5 RENAME TO sighting;
CREATE INDEX sighting_address ON sighting (address, time_us);
-- postgres:
ALTER TABLE sighting ADD COLUMN binding_source TEXT;
ALTER TABLE sighting ADD COLUMN event_n BIGINT;
ALTER TABLE sighting ADD COLUMN event BLOB;
DROP INDEX sighting_case;
DROP INDEX sighting_awaiting;
-- That a sighting's case is there the desk's own order says: it writes cases
-- first, in the same transaction (SQLite still looks).  A look-up and a lock a
-- row were a fifth of the server's time.  Sightings go with their case as ever.
ALTER TABLE sighting DROP CONSTRAINT sighting_case_id_fkey;
CREATE FUNCTION sighting_goes() RETURNS trigger LANGUAGE plpgsql
	AS 'BEGIN DELETE FROM sighting WHERE case_id = OLD.id; RETURN NULL; END';
CREATE TRIGGER sighting_goes AFTER DELETE ON case_
	FOR EACH ROW EXECUTE FUNCTION sighting_goes();
-- both:
CREATE INDEX sighting_case ON sighting (case_id, known_us);
CREATE INDEX sighting_awaiting ON sighting (day, id) WHERE awaiting <> 0;

-- An event that moved out of its sighting's row: its body lacks the sighting,
-- which is this.
ALTER TABLE case_event ADD COLUMN sighting BLOB;

-- Asked-for parts of the record.  `events`: how many there are; `arm`: enum
-- case_arm; `merged_into`: the case this one goes on in; `earlier`: the case
-- before.
ALTER TABLE case_ ADD COLUMN events BIGINT NOT NULL DEFAULT 0;
UPDATE case_ SET events = (SELECT COALESCE(MAX(n), 0) FROM case_event
	WHERE case_id = case_.id);
ALTER TABLE case_ ADD COLUMN arm BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_ ADD COLUMN ladder BIGINT NOT NULL DEFAULT 0;
ALTER TABLE case_ ADD COLUMN objected_us BIGINT;
ALTER TABLE case_ ADD COLUMN answer_due_us BIGINT;
ALTER TABLE case_ ADD COLUMN merged_into BIGINT;
ALTER TABLE case_ ADD COLUMN earlier BIGINT;
CREATE INDEX case_answer ON case_ (answer_due_us)
	WHERE answer_due_us IS NOT NULL;
CREATE INDEX case_arm ON case_ (arm) WHERE arm <> 0;
-- What is only watched is erased soon.  No index of what most steps change: a
-- list for people goes over all cases.
DROP INDEX case_state;
CREATE INDEX case_quiet ON case_ (opened_us) WHERE state = 1 OR known = 0;

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

-- Legal facts, in order, for the ledger to take: what stands in `commitment`
-- tells nothing without the case's key, which is in another store.  `case_id`
-- and `body`, what it commits to, go with their case; the rest is kept for
-- good: it names nobody.  `kind`: enum leaf_kind; `hour`: since 1970.
CREATE TABLE leaf (
	pending BIGINT PRIMARY KEY NOT NULL,
	version BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	hour BIGINT NOT NULL,
	commitment BLOB NOT NULL,
	case_id BIGINT REFERENCES case_ (id) ON DELETE SET NULL,
	body BLOB);
CREATE INDEX leaf_case ON leaf (case_id) WHERE case_id IS NOT NULL;
-- 17: of no case from the first, it stays.
CREATE INDEX leaf_orphan ON leaf (pending)
	WHERE case_id IS NULL AND body IS NOT NULL AND kind <> 17;

-- Erased cases whose keys may still be there.  Kept until these are destroyed.
CREATE TABLE key_doomed (
	case_id BIGINT PRIMARY KEY NOT NULL);

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

-- The recall that took a sighting back.
ALTER TABLE sighting ADD COLUMN recalled BIGINT;
CREATE INDEX sighting_recalled ON sighting (recalled)
	WHERE recalled IS NOT NULL;
-- A receipt of the correction of a notice, not of the notice itself: 1.
ALTER TABLE receipt ADD COLUMN correction BIGINT NOT NULL DEFAULT 0;

-- The first person's word for an act that needs two and is on no case.  Kept
-- until the second has said so, or another first one.
CREATE TABLE waiting_act (
	name TEXT PRIMARY KEY NOT NULL,
	actor TEXT NOT NULL,
	reason TEXT NOT NULL,
	time_us BIGINT NOT NULL);
