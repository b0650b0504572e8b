-- SPDX-License-Identifier: Apache-2.0
-- Back to an empty store.
DROP TABLE effect;
DROP TABLE device_state;
