-- SPDX-License-Identifier: Apache-2.0
-- Back to before devices said anything.
DROP TABLE effect;
