-- SPDX-License-Identifier: Apache-2.0
-- Queries on the keys of cases.

-- name: key_get (case; bytes)
SELECT bytes FROM case_key WHERE case_id = $1;

-- name: key_add (case, bytes, made) of a case that has none
INSERT INTO case_key (case_id, bytes, made_us) VALUES ($1, $2, $3);

-- name: key_destroy (case)
DELETE FROM case_key WHERE case_id = $1;
