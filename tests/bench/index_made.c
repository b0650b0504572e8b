/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up bindings; every value is a function of address, block, day and turn. */
#include "index_bench.h"

#include "fact/row_id.h"

#define POOL 0x0a000000u /* sessions: 10.0.0.0 on */
#define OUTSIDE 0x64400000u
#define MISSING 0xc6120000u /* nobody's */
#define PORT0 1024u
#define PORTS 1024u
#define MS INT64_C(1000)
#define PARTIES_PRIME 2654435761u
#define ADDRS_PER_NAS 4000u
#define SESSIONS_A_DAY 100000000u
#define PAUSE_US (30 * TIMES_SECOND_US)
#define JITTER_MS 60000u

static uint64_t
mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) +
		     b * UINT64_C(0xbf58476d1ce4e5b9);

	x ^= x >> 31;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 29;
}

static int64_t
day_us(uint32_t day)
{
	return ((int64_t)BENCH_DAY0 + day) * TIMES_DAY_US;
}

uint64_t
made_rows_a_day(const struct made *made)
{
	return made->ports ? (uint64_t)made->addrs * BENCH_BLOCKS * made->turns
			   : made->addrs;
}

/* When address n connects on a day (-1 is the day before the first). */
static int64_t
connect_us(uint32_t n, uint32_t day)
{
	/* The session before ends in the same day. */
	uint64_t ms = JITTER_MS + mix(n, 7) % (86400000u - 2 * JITTER_MS);

	return day_us(day) - TIMES_DAY_US +
	       (int64_t)(ms + mix(n, 1000 + day) % JITTER_MS) * MS;
}

static void
fill(struct binding *row, uint64_t number, uint32_t source)
{
	uint64_t dice = mix(number, 99);

	row->realm = 0;
	row->reported = row->start;
	row->heard = row->end;
	row->error_us = TIMES_SECOND_US;
	row->source = (uint16_t)(1 + source);
	row->offset = number << 16;
	if (dice % 100 == 0) {
		row->marks |= BINDING_END_INFERRED;
		row->heard.us -= (row->end.us - row->start.us) / 2;
	}
	row->id = binding_row_id(row);
}

static uint64_t
session_number(uint32_t n, uint32_t day)
{
	return (uint64_t)(day + 1) * SESSIONS_A_DAY +
	       mix(n, 5000 + day) % SESSIONS_A_DAY;
}

static void
session_row(uint32_t n, uint32_t day, struct binding *row)
{
	*row = (struct binding){.subject = {.prefix = {addr_from_v4(POOL + n),
						       128}},
				.start = {connect_us(n, day)},
				.end = {connect_us(n, day + 1) - PAUSE_US},
				.party = n * PARTIES_PRIME % 1000003u,
				.slot = 0};
	fill(row, session_number(n, day), n / ADDRS_PER_NAS);
}

/* Where turn `turn` of a block begins; the last one ends within the day. */
static int64_t
turn_us(const struct made *made, uint32_t n, uint32_t block, uint32_t day,
	uint32_t turn)
{
	int64_t step = TIMES_DAY_US / made->turns;
	uint64_t key = ((uint64_t)n * BENCH_BLOCKS + block) * 64 + day;

	if (turn == made->turns)
		return day_us(day + 1) - MS;
	return day_us(day) + turn * step +
	       (int64_t)(mix(key, 40 + turn) % ((uint64_t)step / 2 / MS)) * MS;
}

static void
block_row(const struct made *made, uint64_t at, uint32_t day,
	  struct binding *row)
{
	uint32_t turn = (uint32_t)(at % made->turns);
	uint32_t block = (uint32_t)(at / made->turns % BENCH_BLOCKS);
	uint32_t n = (uint32_t)(at / made->turns / BENCH_BLOCKS);
	uint16_t port = (uint16_t)(PORT0 + PORTS * block);
	uint64_t number = (uint64_t)(day + 1) * SESSIONS_A_DAY +
			  mix(at, 8000 + day) % SESSIONS_A_DAY;

	*row = (struct binding){
	    .subject = {.prefix = {addr_from_v4(OUTSIDE + n), 128},
			.port_first = port,
			.port_last = (uint16_t)(port + PORTS - 1)},
	    .start = {turn_us(made, n, block, day, turn)},
	    .end = {turn_us(made, n, block, day, turn + 1) - MS},
	    .party = BINDING_NO_PARTY,
	    .marks = BINDING_INSIDE,
	    .inside = addr_from_v4(POOL + (uint32_t)(mix(at, day) % 4000000u)),
	    .slot = 4};
	fill(row, number, n / 4096);
}

void
made_row(const struct made *made, uint32_t day, uint64_t n, struct binding *row)
{
	if (made->ports)
		block_row(made, n, day, row);
	else
		session_row((uint32_t)n, day, row);
}

void
made_open(const struct made *made, uint32_t n, struct binding *row)
{
	session_row(n, made->days, row);
	row->heard = row->start;
	row->end.us = INT64_MAX;
	row->marks = 0;
	row->session = mix(n, 3) | 1;
}

/* The row of the day that holds it; 0: none. */
static uint64_t
answer_block(const struct made *made, uint32_t n, uint32_t block,
	     const struct bench_query *query)
{
	uint32_t day = (uint32_t)(query->at.us / TIMES_DAY_US) - BENCH_DAY0;

	for (uint32_t turn = 0; turn < made->turns; turn++) {
		struct binding row;

		block_row(made,
			  ((uint64_t)n * BENCH_BLOCKS + block) * made->turns +
			      turn,
			  day, &row);
		if (row.start.us <= query->at.us && row.end.us > query->at.us)
			return row.offset;
	}
	return 0;
}

static uint64_t
answer_session(const struct made *made, uint32_t n,
	       const struct bench_query *query)
{
	uint32_t day = (uint32_t)(query->at.us / TIMES_DAY_US) - BENCH_DAY0;

	/* It ends today or tomorrow, if it isn't the open one. */
	for (uint32_t i = day; i <= day + 1 && i <= made->days; i++) {
		struct binding row;

		if (i == made->days)
			made_open(made, n, &row);
		else
			session_row(n, i, &row);
		if (row.start.us <= query->at.us && row.end.us > query->at.us)
			return row.offset;
	}
	return 0;
}

void
made_query(const struct made *made, struct rng *rng, struct bench_query *query)
{
	uint32_t n = (uint32_t)rng_below(rng, made->addrs);
	uint32_t block = (uint32_t)rng_below(rng, BENCH_BLOCKS);
	bool miss = rng_below(rng, 8) == 0;

	query->at.us = day_us(0) +
		       (int64_t)rng_below(rng,
					  made->days * (uint64_t)TIMES_DAY_US);
	query->port = made->ports ? (int32_t)(PORT0 + PORTS * block +
					      rng_below(rng, PORTS))
				  : -1;
	query->addr = addr_from_v4((miss          ? MISSING
				    : made->ports ? OUTSIDE
						  : POOL) +
				   n);
	query->offset = miss          ? 0
			: made->ports ? answer_block(made, n, block, query)
				      : answer_session(made, n, query);
}
