# SPDX-License-Identifier: Apache-2.0
"""Parts of tools/mutate.py: what is broken, and what must notice it."""
