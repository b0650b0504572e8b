-- SPDX-License-Identifier: Apache-2.0
-- What stops the desk now.

-- In words, for people: "bindings": nobody is told or limited, because a source
-- of bindings is silent.  A row stands as long as that is so.
CREATE TABLE standing (
	name TEXT PRIMARY KEY NOT NULL,
	since_us BIGINT NOT NULL,
	text TEXT NOT NULL);
