/* SPDX-License-Identifier: Apache-2.0 */
/* Offsets of a sealed day's header and tail, for its writer and its reader;
 * the form stands in day.h. */
#ifndef INDEX_DAY_FILE_H
#define INDEX_DAY_FILE_H

#include "index/page.h"

#define DAY_MAGIC "LZBINDAY"
#define DAY_MAGIC_SIZE 8
#define DAY_AT_VERSION 8
#define DAY_AT_DAY 12
#define DAY_AT_ROWS 16
#define DAY_AT_PAGES 24
#define DAY_AT_GROUPS 28
#define DAY_AT_TAIL 32
#define DAY_AT_TAIL_LENGTH 40
#define DAY_AT_TAIL_CRC 48
#define DAY_AT_SUM 52
#define DAY_AT_CRC 84
#define DAY_GROUP_SIZE 26 /* shape 10, first page 4, pages 4, rows 8 */
#define DAY_KEY_SIZE 32   /* struct page_key */

#endif
