-- SPDX-License-Identifier: Apache-2.0
-- Queries on the enforcer's own store.

-- name: state_put (all columns)
INSERT INTO device_state (measure, kind, target, turned_on, expires_us,
	asked_us, acknowledged_us, observed_us, refused)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (measure) DO UPDATE SET turned_on = excluded.turned_on,
	expires_us = excluded.expires_us, asked_us = excluded.asked_us,
	acknowledged_us = excluded.acknowledged_us,
	observed_us = excluded.observed_us, refused = excluded.refused;

-- name: state_open (; the columns of state_put) what isn't over
SELECT measure, kind, target, turned_on, expires_us, asked_us, acknowledged_us,
	observed_us, refused
FROM device_state WHERE turned_on = 1 OR observed_us IS NULL;

-- name: state_delete (ended before)
DELETE FROM device_state WHERE turned_on = 0 AND observed_us < $1;

-- name: effect_add (measure, on, kind, time, detail)
INSERT INTO effect (n, measure, turned_on, kind, time_us, detail)
VALUES ((SELECT COALESCE(MAX(n), 0) + 1 FROM effect), $1, $2, $3, $4, $5);

-- name: effect_list (; n, measure, on, kind, time, detail)
SELECT n, measure, turned_on, kind, time_us, detail FROM effect ORDER BY n;

-- name: effect_delete (up to n)
DELETE FROM effect WHERE n <= $1;
