-- SPDX-License-Identifier: Apache-2.0
-- Queries on the desk's store.  Those that write are the desk's alone; the
-- others are asked by the command line, the notifier and later the pages.

-- name: offset_get (source, part; off)
SELECT off FROM ingest_offset WHERE source = $1 AND part = $2;

-- name: offset_put (source, part, off)
INSERT INTO ingest_offset (source, part, off) VALUES ($1, $2, $3)
ON CONFLICT (source, part) DO UPDATE SET off = excluded.off
WHERE ingest_offset.off < excluded.off;

-- name: counter_next (name; value)
INSERT INTO counter (name, value) VALUES ($1, 1)
ON CONFLICT (name) DO UPDATE SET value = counter.value + 1
RETURNING value;

-- name: party_of_account (label; party)
SELECT party FROM account WHERE label = $1;

-- name: party_of_subject (subject; party)
SELECT id FROM party WHERE subject = $1;

-- name: party_add (id, subject?, created)
INSERT INTO party (id, subject, created_us) VALUES ($1, $2, $3)
ON CONFLICT (id) DO NOTHING RETURNING id;

-- name: account_add (party, label)
INSERT INTO account (party, label) VALUES ($1, $2);

-- name: account_of (party; label)
SELECT label FROM account WHERE party = $1;

-- name: sighting_add (all columns but case_id; id when it is new)
INSERT INTO sighting (day, id, time_us, first_us, last_us, known_us, origin,
	class, family, role, weight_milli, address, port, proto, peer,
	spoofable, certainty, awaiting, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19)
ON CONFLICT (day, id) DO NOTHING RETURNING id;

-- name: sighting_assign (day, id, case, certainty, awaiting)
UPDATE sighting SET case_id = $3, certainty = $4, awaiting = $5
WHERE day = $1 AND id = $2;

-- name: sighting_awaiting (; body)
SELECT body FROM sighting WHERE awaiting <> 0 ORDER BY day, id;

-- name: sighting_list (case; body)
SELECT body FROM sighting WHERE case_id = $1 ORDER BY time_us, id;

-- name: case_put (all columns)
INSERT INTO case_ (id, party, known, state, certainty, score_milli, version,
	classes, opened_us, changed_us, last_us, due_us, closed_us, record)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (id) DO UPDATE SET known = excluded.known, state = excluded.state,
	certainty = excluded.certainty, score_milli = excluded.score_milli,
	version = excluded.version, classes = excluded.classes,
	changed_us = excluded.changed_us, last_us = excluded.last_us,
	due_us = excluded.due_us, closed_us = excluded.closed_us,
	record = excluded.record;

-- name: case_records (; id, record)
SELECT id, record FROM case_ ORDER BY opened_us, id;

-- name: case_get (id; the columns of case_list)
SELECT c.id, c.party, c.known, c.state, c.certainty, c.score_milli, c.version,
	c.classes, c.opened_us, c.changed_us, c.last_us, c.due_us, c.closed_us,
	p.subject, c.record
FROM case_ c JOIN party p ON p.id = c.party WHERE c.id = $1;

-- name: case_list (states as a bit set, from changed_us and id, limit)
SELECT c.id, c.party, c.known, c.state, c.certainty, c.score_milli, c.version,
	c.classes, c.opened_us, c.changed_us, c.last_us, c.due_us, c.closed_us,
	p.subject, c.record
FROM case_ c JOIN party p ON p.id = c.party
WHERE ($1 / (CAST(1 AS BIGINT) << CAST(c.state AS INTEGER))) % 2 = 1
	AND (c.changed_us, c.id) > ($2, $3)
ORDER BY c.changed_us, c.id LIMIT $4;

-- name: case_of_code (code bits; case)
SELECT case_id FROM notice WHERE code_bits = $1 ORDER BY created_us DESC
LIMIT 1;

-- name: policy_add (hash, added, body)
INSERT INTO policy (hash, added_us, body) VALUES ($1, $2, $3)
ON CONFLICT (hash) DO NOTHING;

-- name: policy_list (; hash, body)
SELECT hash, body FROM policy ORDER BY added_us DESC, hash;

-- name: event_add (all columns but n; n)
INSERT INTO case_event (case_id, n, now_us, kind, brake, brake_text, ids,
	causes, from_state, state, score_milli, version, changed, row_name,
	refused, policy_hash, current_hash, table_version, program, body)
VALUES ($1,
	(SELECT COALESCE(MAX(n), 0) + 1 FROM case_event WHERE case_id = $1),
	$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19)
RETURNING n;

-- name: event_list (case; the columns of event_add)
SELECT case_id, n, now_us, kind, brake, brake_text, ids, causes, from_state,
	state, score_milli, version, changed, row_name, refused, policy_hash,
	current_hash, table_version, program, body
FROM case_event WHERE case_id = $1 ORDER BY n;

-- name: action_add (all columns)
INSERT INTO case_action (case_id, n, i, kind, would, ref, measure, step,
	target, expires_us, text)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: action_list (case, n; the columns of action_add)
SELECT case_id, n, i, kind, would, ref, measure, step, target, expires_us, text
FROM case_action WHERE case_id = $1 AND n = $2 ORDER BY i;

-- name: notice_add (all columns)
INSERT INTO notice (id, case_id, step, code_bits, channel, created_us, would)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: notice_list (case; the columns of notice_add)
SELECT id, case_id, step, code_bits, channel, created_us, would
FROM notice WHERE case_id = $1 ORDER BY step, created_us;

-- name: notice_case (notice; case)
SELECT case_id FROM notice WHERE id = $1;

-- name: receipt_add (notice, kind, time, proof; kind when it is new)
INSERT INTO receipt (notice, kind, time_us, proof) VALUES ($1, $2, $3, $4)
ON CONFLICT (notice, kind, time_us) DO NOTHING RETURNING kind;

-- name: receipt_list (notice; kind, time, proof)
SELECT kind, time_us, proof FROM receipt WHERE notice = $1
ORDER BY time_us, kind;

-- name: measure_put (all columns)
INSERT INTO measure (id, case_id, kind, target, wanted, would, since_us,
	expires_us, changed_us, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET wanted = excluded.wanted,
	expires_us = excluded.expires_us, changed_us = excluded.changed_us,
	reason = excluded.reason;

-- name: measure_list (case; the columns of measure_put)
SELECT id, case_id, kind, target, wanted, would, since_us, expires_us,
	changed_us, reason
FROM measure WHERE case_id = $1 ORDER BY since_us, id;

-- name: measure_wanted (now; the columns of measure_put) to be done
SELECT id, case_id, kind, target, wanted, would, since_us, expires_us,
	changed_us, reason
FROM measure WHERE wanted = 1 AND would = 0 AND expires_us > $1;

-- name: effect_add (measure, on, kind, time, device, detail; kind when new)
INSERT INTO effect (measure, turned_on, kind, time_us, device, detail)
SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS
	(SELECT 1 FROM measure WHERE id = $1)
ON CONFLICT (measure, turned_on, kind, time_us) DO NOTHING RETURNING kind;

-- name: effect_list (measure; on, kind, time, device, detail)
SELECT turned_on, kind, time_us, device, detail FROM effect
WHERE measure = $1 ORDER BY time_us, turned_on, kind;

-- name: outbox_add (all columns)
INSERT INTO outbox (id, case_id, notice, kind, lane, due_us, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (case_id, notice, kind) DO NOTHING;

-- name: outbox_list (lane, after id, limit; id, case, notice, kind, lane, due,
-- body)
SELECT id, case_id, notice, kind, lane, due_us, body
FROM outbox WHERE lane = $1 AND id > $2 ORDER BY id LIMIT $3;

-- name: outbox_newest (; id)
SELECT COALESCE(MAX(id), 0) FROM outbox;

-- name: result_add (all columns but n)
INSERT INTO command_result (command, n, time_us, actor, act, case_id, outcome,
	from_state, state, measures_off, message)
VALUES ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM command_result
		WHERE command = $1),
	$2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: result_list (command; the columns of result_add without n)
SELECT command, time_us, actor, act, case_id, outcome, from_state, state,
	measures_off, message
FROM command_result WHERE command = $1 ORDER BY n;

-- name: closed_count (closed before)
INSERT INTO case_count (day, state, classes, n)
SELECT opened_us / 86400000000, state, classes, COUNT(*) FROM case_
WHERE closed_us IS NOT NULL AND closed_us < $1
GROUP BY opened_us / 86400000000, state, classes
ON CONFLICT (day, state, classes) DO UPDATE SET n = case_count.n + excluded.n;

-- name: closed_delete (closed before; id)
DELETE FROM case_ WHERE closed_us IS NOT NULL AND closed_us < $1 RETURNING id;

-- name: quiet_delete (last seen before; id)
DELETE FROM case_ WHERE (state = 1 OR known = 0) AND changed_us < $1
	AND COALESCE(last_us, changed_us) < $1
RETURNING id;

-- name: quiet_sightings_delete (known before)
DELETE FROM sighting WHERE known_us < $1 AND (case_id IS NULL OR case_id IN
	(SELECT id FROM case_ WHERE state = 1 OR known = 0));

-- name: party_delete
DELETE FROM party WHERE created_us < $1
	AND id NOT IN (SELECT party FROM case_);

-- name: result_delete (before)
DELETE FROM command_result WHERE time_us < $1;

-- name: audit_add (all columns; sequence when it is new)
INSERT INTO audit (source, sequence, time_us, actor, why, about, question,
	certainty, party, reveal)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (source, sequence) DO NOTHING RETURNING sequence;

-- name: audit_list (since; all columns)
SELECT source, sequence, time_us, actor, why, about, question, certainty,
	party, reveal
FROM audit WHERE time_us >= $1 ORDER BY time_us, source, sequence;

-- name: audit_delete (before)
DELETE FROM audit WHERE time_us < $1;

-- name: sighting_touching (first address, last address, from, to, limit; body,
-- case, certainty)
SELECT body, case_id, certainty FROM sighting
WHERE address >= $1 AND address <= $2 AND last_us >= $3 AND first_us <= $4
ORDER BY time_us, id LIMIT $5;

-- name: standing_put (name, since, text)
INSERT INTO standing (name, since_us, text) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET text = excluded.text;

-- name: standing_delete (name)
DELETE FROM standing WHERE name = $1;

-- name: standing_list (; name, since, text)
SELECT name, since_us, text FROM standing ORDER BY since_us, name;
