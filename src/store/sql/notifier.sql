-- SPDX-License-Identifier: Apache-2.0
-- Queries on the notifier's own store.

-- name: attempt_start (outbox, notice, started; n)
INSERT INTO attempt (outbox, n, notice, started_us)
VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM attempt WHERE outbox = $1),
	$2, $3)
RETURNING n;

-- name: attempt_end (outbox, n, ended, result, proof, next?)
UPDATE attempt SET ended_us = $3, result = $4, proof = $5, next_us = $6
WHERE outbox = $1 AND n = $2;

-- name: attempt_last (outbox, notice; n, started, ended, result, next)
SELECT n, started_us, ended_us, result, next_us FROM attempt
WHERE outbox = $1 AND notice = $2 ORDER BY n DESC LIMIT 1;

-- name: attempt_count (outbox, notice, result; count)
SELECT COUNT(*) FROM attempt
WHERE outbox = $1 AND notice = $2 AND result = $3;

-- name: attempt_prune (outbox, notice, n)
DELETE FROM attempt WHERE outbox = $1 AND notice = $2 AND n < $3;

-- name: attempt_delete (before; one that was cut off has no end)
DELETE FROM attempt WHERE ended_us < $1 OR (ended_us IS NULL
	AND started_us < $1);
