-- SPDX-License-Identifier: Apache-2.0
-- What devices said and showed of a measure.

-- Asked, acknowledged and observed are different facts, each with its own
-- time; turned_on: of putting it into force, 0: of its release.  Kept as long
-- as its measure.
CREATE TABLE effect (
	measure BIGINT NOT NULL REFERENCES measure (id) ON DELETE CASCADE,
	turned_on BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	time_us BIGINT NOT NULL,
	device TEXT NOT NULL,
	detail TEXT NOT NULL,
	PRIMARY KEY (measure, turned_on, kind, time_us));
