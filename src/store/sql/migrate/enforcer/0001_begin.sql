-- SPDX-License-Identifier: Apache-2.0
-- The enforcer's own store.  One writer: the enforcer.

-- What a measure was asked of the device last.  Written before the device is
-- asked, so that a restart knows which entries are ours.  Kept 14 days after
-- its release was observed.
CREATE TABLE device_state (
	measure BIGINT PRIMARY KEY NOT NULL,
	kind BIGINT NOT NULL,
	target TEXT NOT NULL,
	turned_on BIGINT NOT NULL,
	expires_us BIGINT NOT NULL,
	asked_us BIGINT,
	acknowledged_us BIGINT,
	observed_us BIGINT,
	refused TEXT NOT NULL);
CREATE INDEX device_state_ended ON device_state (observed_us)
	WHERE turned_on = 0;

-- Facts on their way to the desk.  Kept until they are in the spool.
CREATE TABLE effect (
	n BIGINT PRIMARY KEY NOT NULL,
	measure BIGINT NOT NULL,
	turned_on BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	time_us BIGINT NOT NULL,
	detail TEXT NOT NULL);
