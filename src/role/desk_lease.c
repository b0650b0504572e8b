/* SPDX-License-Identifier: Apache-2.0 */
/* Taking, holding and giving back the desk's lease. */
#include "role/desk_lease.h"

#include <stdio.h>
#include <sys/utsname.h>

#define SOURCE "desk" /* its row of ingest_offset */

void
desk_lease_init(struct desk_lease *lease, const char *run_dir)
{
	struct utsname host;

	if (uname(&host) != 0)
		host.nodename[0] = '\0';
	snprintf(lease->name, sizeof(lease->name), "%.64s:%.180s",
		 host.nodename, run_dir);
	lease->lease = (struct store_lease){.source = SOURCE,
					    .desk = lease->name};
	lease->renewed = times_unset();
}

int
desk_lease_take(struct desk_lease *lease, struct store *store,
		struct at_event now)
{
	int error = store_begin(store);

	if (!error)
		error = desk_store_lease_take(store, &lease->lease, now,
					      DESK_LEASE_US);
	if (!error)
		error = store_commit(store);
	if (error)
		store_rollback(store);
	lease->renewed = error ? times_unset() : now;
	return error;
}

int
desk_lease_hold(struct desk_lease *lease, struct store *store,
		struct at_event now, bool wrote)
{
	int error;

	if (!wrote && now.us - lease->renewed.us < DESK_LEASE_RENEW_US)
		return 0;
	error = desk_store_lease_renew(store, &lease->lease, now,
				       DESK_LEASE_US);
	if (!error)
		lease->renewed = now;
	else if (error == LZ_E_STATE)
		lease->renewed = times_unset();
	return error;
}

void
desk_lease_end(struct desk_lease *lease, struct store *store,
	       struct at_event now)
{
	if (!times_is_set(lease->renewed))
		return;
	lease->renewed = times_unset();
	if (store_begin(store) != 0)
		return;
	if (desk_store_lease_renew(store, &lease->lease, now, 0) != 0 ||
	    store_commit(store) != 0)
		store_rollback(store);
}
