-- SPDX-License-Identifier: Apache-2.0
-- Who looked up who held an address.

-- One row a look-up, written before it was answered; never changed.  `source`
-- and `sequence` are its place in the spool it came by; about is the case as
-- the asker named it; party 0: nobody was named.  Kept 1 year.
CREATE TABLE audit (
	source TEXT NOT NULL,
	sequence BIGINT NOT NULL,
	time_us BIGINT NOT NULL,
	actor TEXT NOT NULL,
	why TEXT NOT NULL,
	about TEXT NOT NULL,
	question TEXT NOT NULL,
	certainty BIGINT NOT NULL,
	party BIGINT NOT NULL,
	reveal BIGINT NOT NULL,
	PRIMARY KEY (source, sequence));
CREATE INDEX audit_time ON audit (time_us);
-- sqlite:
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
	SELECT RAISE(ABORT, 'a look-up is never changed');
END;
-- both:
