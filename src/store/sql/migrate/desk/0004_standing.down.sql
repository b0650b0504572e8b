-- SPDX-License-Identifier: Apache-2.0
-- Back to before standings were kept.
DROP TABLE standing;
