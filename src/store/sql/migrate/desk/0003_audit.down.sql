-- SPDX-License-Identifier: Apache-2.0
-- Back to before look-ups were kept.
DROP TABLE audit;
