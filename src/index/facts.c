/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the index, for both sides. */
#include "index/index.h"
#include "index/view.h"

static uint64_t
entries(MDB_txn *txn, MDB_dbi table)
{
	MDB_stat stat;

	return mdb_stat(txn, table, &stat) == 0 ? stat.ms_entries : 0;
}

static void
add_days(const struct view *view, struct index_facts *facts)
{
	for (size_t i = 0; i < view->day_count; i++) {
		const struct day *day = view->days[i].day;

		if (!day) {
			facts->days_damaged++;
			continue;
		}
		facts->rows_sealed += day_facts(day)->rows;
		facts->bytes_sealed += day_facts(day)->bytes;
		facts->days_damaged += day_damaged(day) > 0;
	}
}

void
view_facts(const struct view *view, MDB_txn *txn, struct index_facts *facts)
{
	const struct head *head = view->head;
	MDB_envinfo info;
	MDB_stat stat;

	*facts = (struct index_facts){
	    .days = view->day_count,
	    .parties = entries(txn, head->tables[HEAD_PARTY]),
	    .sources = view->meta.sources,
	    .conflicts = view->meta.conflicts,
	    .amended = view->meta.amended,
	    .oldest = view->meta.oldest,
	    .rows_head = entries(txn, head->tables[HEAD_LONG])};
	for (int slot = 0; slot < HEAD_SLOTS; slot++)
		if (view->meta.slot_day[slot] != HEAD_NO_DAY)
			facts->rows_head +=
			    entries(txn, head->slots[HEAD_SLOT_ROWS][slot]);
	add_days(view, facts);
	if (mdb_env_info(head->env, &info) == 0 &&
	    mdb_env_stat(head->env, &stat) == 0)
		facts->bytes_head = (info.me_last_pgno + 1) *
				    (uint64_t)stat.ms_psize;
}
