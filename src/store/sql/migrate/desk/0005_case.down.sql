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
DROP INDEX case_changed;
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
CREATE INDEX sighting_awaiting ON sighting (awaiting) WHERE awaiting <> 0;
DROP INDEX sighting_case;
CREATE INDEX sighting_case ON sighting (case_id);
ALTER TABLE sighting DROP COLUMN event;
ALTER TABLE sighting DROP COLUMN event_n;
ALTER TABLE sighting DROP COLUMN binding_source;
-- postgres:
DROP TRIGGER audit_never_changes ON audit;
DROP FUNCTION audit_never_changes();
-- both:
