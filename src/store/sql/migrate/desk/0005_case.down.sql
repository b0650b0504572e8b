-- SPDX-License-Identifier: Apache-2.0
-- Back to before the whole case.  Steps that stand in sightings' rows are lost;
-- the cases' records stay, and an older program refuses a form it can't read.
DROP TABLE waiting_act;
ALTER TABLE receipt DROP COLUMN correction;
DROP INDEX sighting_recalled;
ALTER TABLE sighting DROP COLUMN recalled;
DROP TABLE verdict_count;
DROP TABLE verdict;
ALTER TABLE ingest_offset DROP COLUMN lease_us;
ALTER TABLE ingest_offset DROP COLUMN desk;
ALTER TABLE ingest_offset DROP COLUMN token;
DROP TABLE key_doomed;
DROP TABLE leaf;
DROP TABLE recall_person;
DROP TABLE recall;
ALTER TABLE notice DROP COLUMN corrected_us;
ALTER TABLE notice DROP COLUMN channel_asked;
ALTER TABLE measure DROP COLUMN weakened_from;
ALTER TABLE measure DROP COLUMN security;
DROP TABLE party_alias;
DROP TABLE finding;
DROP INDEX case_quiet;
CREATE INDEX case_state ON case_ (state, changed_us);
DROP INDEX case_arm;
DROP INDEX case_answer;
ALTER TABLE case_ DROP COLUMN earlier;
ALTER TABLE case_ DROP COLUMN merged_into;
ALTER TABLE case_ DROP COLUMN answer_due_us;
ALTER TABLE case_ DROP COLUMN objected_us;
ALTER TABLE case_ DROP COLUMN ladder;
ALTER TABLE case_ DROP COLUMN arm;
ALTER TABLE case_ DROP COLUMN events;
ALTER TABLE case_event DROP COLUMN sighting;
DROP INDEX sighting_awaiting;
DROP INDEX sighting_case;
-- sqlite:
CREATE TABLE sighting_4 (
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
	PRIMARY KEY (day, id)) WITHOUT ROWID;
INSERT INTO sighting_4 (day, id, case_id, time_us, first_us, last_us, known_us, origin, class,
	family, role, weight_milli, address, port, proto, peer, spoofable,
	certainty, awaiting, body)
SELECT day, id, case_id, time_us, first_us, last_us, known_us, origin, class,
	family, role, weight_milli, address, port, proto, peer, spoofable,
	certainty, awaiting, body
FROM sighting ORDER BY day, id;
DROP TABLE sighting;
ALTER TABLE sighting_4 RENAME TO sighting;
CREATE INDEX sighting_address ON sighting (address, time_us);
-- postgres:
DROP TRIGGER sighting_goes ON case_;
DROP FUNCTION sighting_goes();
ALTER TABLE sighting ADD CONSTRAINT sighting_case_id_fkey
	FOREIGN KEY (case_id) REFERENCES case_ (id) ON DELETE CASCADE;
ALTER TABLE sighting DROP COLUMN event;
ALTER TABLE sighting DROP COLUMN event_n;
ALTER TABLE sighting DROP COLUMN binding_source;
-- both:
CREATE INDEX sighting_awaiting ON sighting (awaiting) WHERE awaiting <> 0;
CREATE INDEX sighting_case ON sighting (case_id);
-- postgres:
DROP TRIGGER audit_never_changes ON audit;
DROP FUNCTION audit_never_changes();
-- both:
