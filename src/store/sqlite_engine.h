/* SPDX-License-Identifier: Apache-2.0 */
/* A store's SQLite handle, for tests that look below.  Inside store/ and its
 * tests only. */
#ifndef STORE_SQLITE_ENGINE_H
#define STORE_SQLITE_ENGINE_H

#include <sqlite3.h>

#include "store/connection.h"

sqlite3 *sqlite_engine_handle(struct store *store);

#endif
