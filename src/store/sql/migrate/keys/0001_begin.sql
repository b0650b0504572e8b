-- SPDX-License-Identifier: Apache-2.0
-- Keys of cases, beside the desk's store and never in it.  One writer: the desk.

-- 32 random bytes a case: what its leaves commit to can be shown with it alone.
-- Kept as long as its case; taking the row away is erasure, so a copy of this
-- store is kept for 7 days at most.  Case 0: the house's own, kept for good.
CREATE TABLE case_key (
	case_id BIGINT PRIMARY KEY NOT NULL,
	bytes BLOB NOT NULL,
	made_us BIGINT NOT NULL);
