-- SPDX-License-Identifier: Apache-2.0
-- The notifier's own store.  One writer: the notifier.

-- Each try to deliver an outbox row.  Kept 90 days after its end: the case's
-- own receipts stand in the desk's store.
CREATE TABLE attempt (
	outbox BIGINT NOT NULL,
	n BIGINT NOT NULL,
	notice BIGINT NOT NULL,
	started_us BIGINT NOT NULL,
	ended_us BIGINT,
	result BIGINT,
	proof TEXT,
	next_us BIGINT,
	PRIMARY KEY (outbox, n));
CREATE INDEX attempt_ended ON attempt (ended_us);
