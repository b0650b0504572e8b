-- SPDX-License-Identifier: Apache-2.0
-- Back to an empty store.
DROP TABLE command_result;
DROP TABLE counter;
DROP TABLE ingest_offset;
DROP TABLE outbox;
DROP TABLE measure;
DROP TABLE receipt;
DROP TABLE notice;
DROP TABLE case_action;
DROP TABLE case_event;
DROP TABLE policy;
DROP TABLE sighting;
DROP TABLE case_count;
DROP TABLE case_;
DROP TABLE account;
DROP TABLE party;
