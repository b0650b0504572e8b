-- SPDX-License-Identifier: Apache-2.0
-- Back to an empty store: every key is destroyed.
DROP TABLE case_key;
