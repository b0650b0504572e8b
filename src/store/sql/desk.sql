-- SPDX-License-Identifier: Apache-2.0
-- Queries on the desk's store.  Those that write are the desk's alone; the
-- others are asked by the command line, the notifier and later the pages.
-- Those of which a round has many take arrays on PostgreSQL: a run for all rows
-- instead of one each.  What they answer says in column i which row it is of.

-- name: offset_get (source, part; off)
SELECT off FROM ingest_offset WHERE source = $1 AND part = $2;

-- name: offset_put (source, part, off)
INSERT INTO ingest_offset (source, part, off) VALUES ($1, $2, $3)
ON CONFLICT (source, part) DO UPDATE SET off = excluded.off
WHERE ingest_offset.off < excluded.off;

-- name: lease_take (source, part, desk, now, until; token)
INSERT INTO ingest_offset (source, part, off, token, desk, lease_us)
VALUES ($1, $2, 0, 1, $3, $5)
ON CONFLICT (source, part) DO UPDATE SET token = ingest_offset.token + 1,
	desk = excluded.desk, lease_us = excluded.lease_us
WHERE ingest_offset.desk = excluded.desk OR ingest_offset.lease_us <= $4
RETURNING token;

-- name: lease_renew (source, part, token, until; token)
UPDATE ingest_offset SET lease_us = $4
WHERE source = $1 AND part = $2 AND token = $3 RETURNING token;

-- name: offset_put_fenced (source, part, off, token; token)
UPDATE ingest_offset SET off = CASE WHEN off < $3 THEN $3 ELSE off END
WHERE source = $1 AND part = $2 AND token = $4 RETURNING token;

-- name: counter_next (name; value)
INSERT INTO counter (name, value) VALUES ($1, 1)
ON CONFLICT (name) DO UPDATE SET value = counter.value + 1
RETURNING value;

-- name: party_of_account (label; party)
-- sqlite:
SELECT party FROM account WHERE label = $1;
-- postgres:
SELECT p.party, a.i FROM unnest($1::TEXT[]) WITH ORDINALITY AS a (label, i)
JOIN account p ON p.label = a.label;
-- both:

-- name: party_of_subject (subject; party)
-- sqlite:
SELECT id FROM party WHERE subject = $1;
-- postgres:
SELECT p.id, a.i FROM unnest($1::TEXT[]) WITH ORDINALITY AS a (subject, i)
JOIN party p ON p.subject = a.subject;
-- both:

-- name: party_add (id, subject?, created)
-- sqlite:
INSERT INTO party (id, subject, created_us) VALUES ($1, $2, $3)
ON CONFLICT (id) DO NOTHING RETURNING id;
-- postgres:
INSERT INTO party (id, subject, created_us)
SELECT * FROM unnest($1::BIGINT[], $2::TEXT[], $3::BIGINT[])
ON CONFLICT (id) DO NOTHING RETURNING id;
-- both:

-- name: account_add (party, label)
-- sqlite:
INSERT INTO account (party, label) VALUES ($1, $2);
-- postgres:
INSERT INTO account (party, label)
SELECT * FROM unnest($1::BIGINT[], $2::TEXT[]);
-- both:

-- name: account_of (party; label)
SELECT label FROM account WHERE party = $1;

-- name: alias_put (party, into, since, actor)
INSERT INTO party_alias (party, into_party, since_us, actor)
VALUES ($1, $2, $3, $4)
ON CONFLICT (party) DO UPDATE SET into_party = excluded.into_party,
	since_us = excluded.since_us, actor = excluded.actor;

-- name: alias_follow (party, into) what meant the party goes on in into, too
UPDATE party_alias SET into_party = $2 WHERE into_party = $1;

-- name: alias_delete (party)
DELETE FROM party_alias WHERE party = $1;

-- name: alias_list (; party, into)
SELECT party, into_party FROM party_alias ORDER BY party;

-- name: sighting_add (all columns but known_us' followers; id when it is new)
INSERT INTO sighting (day, id, time_us, first_us, last_us, known_us, origin,
	class, family, role, weight_milli, address, port, proto, peer,
	spoofable, certainty, awaiting, body)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19)
ON CONFLICT (day, id) DO NOTHING RETURNING id;

-- name: sighting_put (those of sighting_add, case?, source?, event_n?, event?)
-- sqlite:
INSERT INTO sighting (day, id, time_us, first_us, last_us, known_us, origin,
	class, family, role, weight_milli, address, port, proto, peer,
	spoofable, certainty, awaiting, body, case_id, binding_source,
	event_n, event)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19, $20, $21, $22, $23);
-- postgres:
INSERT INTO sighting (day, id, time_us, first_us, last_us, known_us, origin,
	class, family, role, weight_milli, address, port, proto, peer,
	spoofable, certainty, awaiting, body, case_id, binding_source,
	event_n, event)
SELECT * FROM unnest($1::BIGINT[], $2::BYTEA[], $3::BIGINT[], $4::BIGINT[],
		$5::BIGINT[], $6::BIGINT[], $7::TEXT[], $8::BIGINT[],
		$9::TEXT[], $10::BIGINT[], $11::BIGINT[], $12::BYTEA[],
		$13::BIGINT[], $14::BIGINT[], $15::BYTEA[], $16::BIGINT[],
		$17::BIGINT[], $18::BIGINT[], $19::BYTEA[], $20::BIGINT[],
		$21::TEXT[], $22::BIGINT[], $23::BYTEA[]);
-- both:

-- name: sighting_known (day, id; day)
-- sqlite:
SELECT day FROM sighting WHERE day = $1 AND id = $2;
-- postgres:
SELECT s.day, a.i
FROM unnest($1::BIGINT[], $2::BYTEA[]) WITH ORDINALITY AS a (day, id, i)
JOIN sighting s ON s.day = a.day AND s.id = a.id;
-- both:

-- name: sighting_folded (day, id; case, event_n, event, body) with an event
SELECT case_id, event_n, event, body FROM sighting
WHERE day = $1 AND id = $2 AND event_n IS NOT NULL;

-- name: sighting_assign (day, id, case, certainty, awaiting, source?)
UPDATE sighting SET case_id = $3, certainty = $4, awaiting = $5,
	binding_source = $6
WHERE day = $1 AND id = $2;

-- name: sighting_unfold (day, id)
UPDATE sighting SET event_n = NULL, event = NULL WHERE day = $1 AND id = $2;

-- name: sighting_awaiting (; body)
-- big:
SELECT body FROM sighting WHERE awaiting <> 0 ORDER BY day, id;

-- name: sighting_list (case; body)
SELECT body FROM sighting WHERE case_id = $1 ORDER BY time_us, id;

-- name: case_touch (id, known, state, certainty, score, version, classes,
-- changed, last?, due?, closed?, record, events, arm, ladder, objected?,
-- answer due?, merged into?; id) where what is indexed stays as it is
-- sqlite:
UPDATE case_ SET certainty = $4, score_milli = $5, version = $6, classes = $7,
	changed_us = $8, last_us = $9, due_us = $10, record = $12, events = $13
WHERE id = $1 AND known = $2 AND state = $3 AND arm = $14 AND ladder = $15
	AND closed_us IS NOT DISTINCT FROM $11
	AND objected_us IS NOT DISTINCT FROM $16
	AND answer_due_us IS NOT DISTINCT FROM $17
	AND merged_into IS NOT DISTINCT FROM $18
RETURNING id;
-- postgres:
UPDATE case_ SET certainty = a.certainty, score_milli = a.score_milli,
	version = a.version, classes = a.classes, changed_us = a.changed_us,
	last_us = a.last_us, due_us = a.due_us, record = a.record,
	events = a.events
FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[],
		$5::BIGINT[], $6::BIGINT[], $7::BIGINT[], $8::BIGINT[],
		$9::BIGINT[], $10::BIGINT[], $11::BIGINT[], $12::BYTEA[],
		$13::BIGINT[], $14::BIGINT[], $15::BIGINT[], $16::BIGINT[],
		$17::BIGINT[], $18::BIGINT[])
	WITH ORDINALITY AS a (id, known, state, certainty, score_milli,
	version, classes, changed_us, last_us, due_us, closed_us, record,
	events, arm, ladder, objected_us, answer_due_us, merged_into, i)
WHERE case_.id = a.id AND case_.known = a.known AND case_.state = a.state
	AND case_.arm = a.arm AND case_.ladder = a.ladder
	AND case_.closed_us IS NOT DISTINCT FROM a.closed_us
	AND case_.objected_us IS NOT DISTINCT FROM a.objected_us
	AND case_.answer_due_us IS NOT DISTINCT FROM a.answer_due_us
	AND case_.merged_into IS NOT DISTINCT FROM a.merged_into
RETURNING case_.id, a.i;
-- both:

-- name: case_put (all columns)
-- sqlite:
INSERT INTO case_ (id, party, known, state, certainty, score_milli, version,
	classes, opened_us, changed_us, last_us, due_us, closed_us, record,
	events, arm, ladder, objected_us, answer_due_us, merged_into, earlier)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19, $20, $21)
ON CONFLICT (id) DO UPDATE SET known = excluded.known, state = excluded.state,
	certainty = excluded.certainty, score_milli = excluded.score_milli,
	version = excluded.version, classes = excluded.classes,
	changed_us = excluded.changed_us, last_us = excluded.last_us,
	due_us = excluded.due_us, closed_us = excluded.closed_us,
	record = excluded.record, events = excluded.events, arm = excluded.arm,
	ladder = excluded.ladder, objected_us = excluded.objected_us,
	answer_due_us = excluded.answer_due_us,
	merged_into = excluded.merged_into;
-- postgres:
INSERT INTO case_ (id, party, known, state, certainty, score_milli, version,
	classes, opened_us, changed_us, last_us, due_us, closed_us, record,
	events, arm, ladder, objected_us, answer_due_us, merged_into, earlier)
SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[],
		$5::BIGINT[], $6::BIGINT[], $7::BIGINT[], $8::BIGINT[],
		$9::BIGINT[], $10::BIGINT[], $11::BIGINT[], $12::BIGINT[],
		$13::BIGINT[], $14::BYTEA[], $15::BIGINT[], $16::BIGINT[],
		$17::BIGINT[], $18::BIGINT[], $19::BIGINT[], $20::BIGINT[],
		$21::BIGINT[])
ON CONFLICT (id) DO UPDATE SET known = excluded.known, state = excluded.state,
	certainty = excluded.certainty, score_milli = excluded.score_milli,
	version = excluded.version, classes = excluded.classes,
	changed_us = excluded.changed_us, last_us = excluded.last_us,
	due_us = excluded.due_us, closed_us = excluded.closed_us,
	record = excluded.record, events = excluded.events, arm = excluded.arm,
	ladder = excluded.ladder, objected_us = excluded.objected_us,
	answer_due_us = excluded.answer_due_us,
	merged_into = excluded.merged_into;
-- both:

-- name: case_records (; id, record)
-- big:
SELECT id, record FROM case_ ORDER BY opened_us, id;

-- name: case_open (; record, events) those that live
-- big:
SELECT record, events FROM case_ WHERE closed_us IS NULL
ORDER BY opened_us, id;

-- name: case_ended (; id, party, state, opened, closed, merged into)
-- big:
SELECT id, party, state, opened_us, closed_us, merged_into FROM case_
WHERE closed_us IS NOT NULL ORDER BY opened_us, id;

-- name: case_fetch (id; record, events)
SELECT record, events FROM case_ WHERE id = $1;

-- name: finding_put (case, class, family, n, first, last)
INSERT INTO finding (case_id, class, family, n, first_us, last_us)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (case_id, class, family) DO UPDATE SET n = excluded.n,
	first_us = excluded.first_us, last_us = excluded.last_us;

-- name: finding_list (case; class, family, n, first, last)
SELECT class, family, n, first_us, last_us FROM finding WHERE case_id = $1
ORDER BY first_us, class, family;

-- name: case_get (id; the columns of case_list)
SELECT c.id, c.party, c.known, c.state, c.certainty, c.score_milli, c.version,
	c.classes, c.opened_us, c.changed_us, c.last_us, c.due_us, c.closed_us,
	p.subject, c.record, c.events, c.arm, c.ladder, c.objected_us,
	c.answer_due_us, c.merged_into, c.earlier
FROM case_ c JOIN party p ON p.id = c.party WHERE c.id = $1;

-- name: case_list (states as a bit set, from changed_us and id, limit)
-- big:
SELECT c.id, c.party, c.known, c.state, c.certainty, c.score_milli, c.version,
	c.classes, c.opened_us, c.changed_us, c.last_us, c.due_us, c.closed_us,
	p.subject, c.record, c.events, c.arm, c.ladder, c.objected_us,
	c.answer_due_us, c.merged_into, c.earlier
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

-- name: event_add (all columns)
INSERT INTO case_event (case_id, n, now_us, kind, brake, brake_text, ids,
	causes, from_state, state, score_milli, version, changed, row_name,
	refused, policy_hash, current_hash, table_version, program, body,
	sighting)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
	$17, $18, $19, $20, $21);

-- name: event_last (case; n)
SELECT COALESCE(MAX(n), 0) FROM case_event WHERE case_id = $1;

-- name: event_list (case; the columns of event_add, folded) also those that
-- sightings carry: all else is in `folded` then
SELECT case_id, n, now_us, kind, brake, brake_text, ids, causes, from_state,
	state, score_milli, version, changed, row_name, refused, policy_hash,
	current_hash, table_version, program, body, sighting, CAST(NULL AS BLOB)
FROM case_event WHERE case_id = $1
UNION ALL
SELECT case_id, event_n, 0, 0, 0, NULL, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL,
	NULL, NULL, 0, NULL, NULL, body, event
FROM sighting WHERE case_id = $1 AND event_n IS NOT NULL
ORDER BY 2;

-- name: action_add (all columns)
INSERT INTO case_action (case_id, n, i, kind, would, ref, measure, step,
	target, expires_us, text)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: action_list (case, n; the columns of action_add)
SELECT case_id, n, i, kind, would, ref, measure, step, target, expires_us, text
FROM case_action WHERE case_id = $1 AND n = $2 ORDER BY i;

-- name: notice_add (all columns)
INSERT INTO notice (id, case_id, step, code_bits, channel, created_us, would,
	channel_asked)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: notice_corrected (notice, time) once
UPDATE notice SET corrected_us = $2 WHERE id = $1 AND corrected_us IS NULL;

-- name: notice_list (case; the columns of notice_add)
SELECT id, case_id, step, code_bits, channel, created_us, would, channel_asked
FROM notice WHERE case_id = $1 ORDER BY step, created_us;

-- name: notice_case (notice; case)
SELECT case_id FROM notice WHERE id = $1;

-- name: receipt_add (notice, kind, time, proof; kind when it is new)
INSERT INTO receipt (notice, kind, time_us, proof) VALUES ($1, $2, $3, $4)
ON CONFLICT (notice, kind, time_us) DO NOTHING RETURNING kind;

-- name: receipt_correction_add (notice, kind, time, proof; kind when it is new)
INSERT INTO receipt (notice, kind, time_us, proof, correction)
VALUES ($1, $2, $3, $4, 1)
ON CONFLICT (notice, kind, time_us) DO NOTHING RETURNING kind;

-- name: receipt_list (notice; kind, time, proof, correction)
SELECT kind, time_us, proof, correction FROM receipt WHERE notice = $1
ORDER BY time_us, kind;

-- name: measure_put (all columns)
INSERT INTO measure (id, case_id, kind, target, wanted, would, since_us,
	expires_us, changed_us, reason, security, weakened_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (id) DO UPDATE SET wanted = excluded.wanted,
	expires_us = excluded.expires_us, changed_us = excluded.changed_us,
	reason = excluded.reason;

-- name: measure_list (case; the columns of measure_put)
SELECT id, case_id, kind, target, wanted, would, since_us, expires_us,
	changed_us, reason, security, weakened_from
FROM measure WHERE case_id = $1 ORDER BY since_us, id;

-- name: measure_wanted (now; the columns of measure_put) to be done
SELECT id, case_id, kind, target, wanted, would, since_us, expires_us,
	changed_us, reason
FROM measure WHERE wanted = 1 AND would = 0 AND expires_us > $1;

-- name: effect_add (measure, on, kind, time, device, detail; kind when new)
INSERT INTO effect (measure, turned_on, kind, time_us, device, detail)
SELECT id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS BIGINT), $5, $6
FROM measure WHERE id = $1
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

-- name: erasable_closed (closed before, limit; id, party)
SELECT id, party FROM case_ WHERE closed_us IS NOT NULL AND closed_us < $1
ORDER BY closed_us LIMIT $2;

-- name: erasable_quiet (last seen before, limit; id, party) watched, or of
-- nobody known
SELECT id, party FROM case_ WHERE (state = 1 OR known = 0) AND opened_us < $1
	AND changed_us < $1 AND COALESCE(last_us, changed_us) < $1
ORDER BY opened_us LIMIT $2;

-- name: case_count_add (case) what is left of it
INSERT INTO case_count (day, state, classes, n)
SELECT opened_us / 86400000000, state, classes, 1 FROM case_
WHERE id = $1 AND closed_us IS NOT NULL
ON CONFLICT (day, state, classes) DO UPDATE SET n = case_count.n + excluded.n;

-- name: verdict_count_add (case)
INSERT INTO verdict_count (day, class, verdict, n)
SELECT day, class, verdict, COUNT(*) FROM verdict WHERE case_id = $1
GROUP BY day, class, verdict
ON CONFLICT (day, class, verdict) DO UPDATE
	SET n = verdict_count.n + excluded.n;

-- name: case_delete (id) with all it owns
DELETE FROM case_ WHERE id = $1;

-- name: party_others_delete (party) what was merged into one that goes
DELETE FROM party WHERE id IN
	(SELECT party FROM party_alias WHERE into_party = $1)
	AND NOT EXISTS (SELECT 1 FROM case_ c WHERE c.party = $1)
	AND NOT EXISTS (SELECT 1 FROM case_ c WHERE c.party = party.id);

-- name: party_delete (party) whom no case names any more
DELETE FROM party WHERE id = $1
	AND NOT EXISTS (SELECT 1 FROM case_ c WHERE c.party = $1)
	AND NOT EXISTS (SELECT 1 FROM party_alias a WHERE a.party = $1);

-- name: free_sightings_delete (known before, limit; day) of no case
DELETE FROM sighting WHERE (day, id) IN
	(SELECT day, id FROM sighting WHERE case_id IS NULL AND known_us < $1
	LIMIT $2)
RETURNING day;

-- name: quiet_sightings_delete (known before, limit; day) of cases that are
-- watched, or of nobody known
DELETE FROM sighting WHERE (day, id) IN
	(SELECT s.day, s.id FROM case_ c JOIN sighting s ON s.case_id = c.id
	WHERE (c.state = 1 OR c.known = 0) AND c.opened_us < $1
		AND s.known_us < $1
	LIMIT $2)
RETURNING day;

-- name: result_delete (before, limit; n)
DELETE FROM command_result WHERE (command, n) IN
	(SELECT command, n FROM command_result WHERE time_us < $1 LIMIT $2)
RETURNING n;

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
	AND COALESCE(recalled, 0) <= 0
ORDER BY time_us, id LIMIT $5;

-- name: standing_put (name, since, text)
INSERT INTO standing (name, since_us, text) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET text = excluded.text;

-- name: standing_delete (name)
DELETE FROM standing WHERE name = $1;

-- name: standing_list (; name, since, text)
SELECT name, since_us, text FROM standing ORDER BY since_us, name;

-- name: trial_seen (began by, certain; case, first, last)
SELECT case_id, first_us, last_us FROM sighting
WHERE case_id IS NOT NULL AND first_us <= $1 AND certainty = $2
	AND COALESCE(recalled, 0) <= 0
ORDER BY case_id, first_us;

-- name: trial_told (since, until; case, channel, created, would)
SELECT case_id, channel, created_us, would FROM notice
WHERE created_us >= $1 AND created_us < $2 ORDER BY case_id, created_us;

-- name: trial_measured (since, until; case, kind, would, wanted, since,
-- expires, changed)
SELECT case_id, kind, would, wanted, since_us, expires_us, changed_us
FROM measure WHERE since_us >= $1 AND since_us < $2
ORDER BY case_id, since_us;

-- name: trial_deeds (since, until, four kinds; case, now, kind, from, body)
SELECT case_id, now_us, kind, from_state, body FROM case_event
WHERE now_us >= $1 AND now_us < $2 AND kind IN ($3, $4, $5, $6)
	AND changed <> 0
ORDER BY case_id, n;

-- name: trial_asked (since, until; case, count) CASE_ACTION_PERSON
SELECT a.case_id, COUNT(*) FROM case_action a
JOIN case_event e ON e.case_id = a.case_id AND e.n = a.n
WHERE a.kind = 6 AND e.now_us >= $1 AND e.now_us < $2
GROUP BY a.case_id;

-- name: trial_sightings (known by; body, case, certainty, binding source)
-- big:
SELECT body, CASE WHEN COALESCE(recalled, 0) <= 0 THEN case_id END,
	certainty, binding_source FROM sighting
WHERE known_us < $1;

-- name: verdict_add (case, judge, time, day, class, verdict, note; case)
INSERT INTO verdict (case_id, judge, time_us, sighting, day, class, verdict,
	note)
VALUES ($1, $2, $3, NULL, $4, $5, $6, $7)
ON CONFLICT (case_id, judge, time_us) DO NOTHING RETURNING case_id;

-- name: verdict_list (since, until; case, judge, time, class, verdict, note)
SELECT case_id, judge, time_us, class, verdict, note FROM verdict
WHERE time_us >= $1 AND time_us < $2 ORDER BY case_id, judge, time_us;

-- name: verdict_counts (first day, day behind the last; verdict, count)
SELECT verdict, CAST(SUM(n) AS BIGINT) FROM verdict_count
WHERE day >= $1 AND day < $2 GROUP BY verdict;

-- name: recall_add (id, kind, value, since, until, reason, state, asked, day, id)
INSERT INTO recall (id, kind, value, since_us, until_us, reason, state,
	asked_us, sightings, cases, released, corrected, at_day, at_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, $9, $10);

-- name: recall_put (id, state, done, the four counts, day, id)
UPDATE recall SET state = $2, done_us = $3, sightings = $4, cases = $5,
	released = $6, corrected = $7, at_day = $8, at_id = $9
WHERE id = $1;

-- name: recall_list (; the columns of the table)
SELECT id, kind, value, since_us, until_us, reason, state, asked_us, done_us,
	sightings, cases, released, corrected, at_day, at_id
FROM recall ORDER BY id;

-- name: recall_person_add (recall, actor, time)
INSERT INTO recall_person (recall, actor, time_us) VALUES ($1, $2, $3)
ON CONFLICT (recall, actor) DO NOTHING;

-- name: recall_person_list (recall; actor, time)
SELECT actor, time_us FROM recall_person WHERE recall = $1
ORDER BY time_us, actor;

-- name: recall_scan (day and id, to day, limit; what visit_seen reads)
-- big:
SELECT day, body, case_id, binding_source, recalled, id, certainty
FROM sighting
WHERE (day, id) > ($1, $2) AND day <= $3 ORDER BY day, id LIMIT $4;

-- name: sighting_of_case (case; the columns of recall_scan)
-- big:
SELECT day, body, case_id, binding_source, recalled, id, certainty
FROM sighting WHERE case_id = $1 ORDER BY time_us, id;

-- name: recall_mark (day, id, recall)
UPDATE sighting SET recalled = $3, awaiting = 0 WHERE day = $1 AND id = $2;

-- name: recall_cases (recall; how many)
SELECT COUNT(DISTINCT case_id) FROM sighting WHERE recalled = $1;

-- name: waiting_get (name; actor, reason, time)
SELECT actor, reason, time_us FROM waiting_act WHERE name = $1;

-- name: waiting_put (name, actor, reason, time)
INSERT INTO waiting_act (name, actor, reason, time_us) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET actor = excluded.actor,
	reason = excluded.reason, time_us = excluded.time_us;

-- name: waiting_delete (name)
DELETE FROM waiting_act WHERE name = $1;

-- name: counter_get (name; value)
SELECT value FROM counter WHERE name = $1;

-- name: counter_put (name, value)
INSERT INTO counter (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: leaf_add (all columns)
INSERT INTO leaf (pending, version, kind, hour, commitment, case_id, body)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: leaf_list (after pending, limit; pending, version, kind, hour,
-- commitment)
SELECT pending, version, kind, hour, commitment FROM leaf
WHERE pending > $1 ORDER BY pending LIMIT $2;

-- name: leaf_of_case (case; pending, version, kind, hour, commitment, body)
SELECT pending, version, kind, hour, commitment, body FROM leaf
WHERE case_id = $1 ORDER BY pending;

-- name: leaf_scrub () facts of erased cases
UPDATE leaf SET body = NULL
WHERE case_id IS NULL AND body IS NOT NULL AND kind <> 17;

-- name: doomed_add (case)
INSERT INTO key_doomed (case_id) VALUES ($1) ON CONFLICT (case_id) DO NOTHING;

-- name: doomed_list (limit; case)
SELECT case_id FROM key_doomed ORDER BY case_id LIMIT $1;

-- name: doomed_delete (case)
DELETE FROM key_doomed WHERE case_id = $1;

-- name: policy_events (before; the columns of event_list but the last)
-- big:
SELECT case_id, n, now_us, kind, brake, brake_text, ids, causes, from_state,
	state, score_milli, version, changed, row_name, refused, policy_hash,
	current_hash, table_version, program, body, sighting
FROM case_event WHERE now_us < $1 ORDER BY now_us, case_id, n;

-- name: policy_folded (before, as eight bytes; case, n, event, sighting) the
-- packed event begins with its form and its time
-- big:
SELECT case_id, event_n, event, body FROM sighting
WHERE event_n IS NOT NULL AND case_id IS NOT NULL AND substr(event, 2, 8) < $1
ORDER BY substr(event, 2, 8), case_id, event_n;

-- name: policy_deeds (before; case, n, now, kind, would, ref, measure)
-- big:
SELECT a.case_id, a.n, e.now_us, a.kind, a.would, a.ref, a.measure
FROM case_action a JOIN case_event e ON e.case_id = a.case_id AND e.n = a.n
WHERE e.now_us < $1 ORDER BY e.now_us, a.case_id, a.n, a.i;

-- name: policy_cases (; case, party, known)
-- big:
SELECT id, party, known FROM case_;

-- name: policy_notices (before; notice, party, created)
-- big:
SELECT n.id, c.party, n.created_us
FROM notice n JOIN case_ c ON c.id = n.case_id WHERE n.created_us < $1;

-- name: policy_receipts (before, kind; now, body)
-- big:
SELECT now_us, body FROM case_event WHERE kind = $2 AND now_us < $1
ORDER BY now_us, case_id, n;

-- name: policy_versions (; hash, added, body)
SELECT hash, added_us, body FROM policy ORDER BY added_us, hash;

-- name: policy_erased (from day; classes, n)
SELECT classes, CAST(SUM(n) AS BIGINT) FROM case_count WHERE day >= $1
GROUP BY classes;
