/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of sightings, and clocks. */
#include "case_made.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct addr
case_made_address(uint32_t n)
{
	return addr_from_v4(0x0a000000u + n);
}

struct shape {
	const char *origin, *detector;
	int32_t weight_milli;
	uint16_t marks;
	uint8_t class;
};

static const struct shape shapes[10] = {
    {"own-flow", "scan/1", 5000, 0, RSIT_SCANNER},
    {"own-flow", "scan/1", 5000, 0, RSIT_SCANNER},
    {"own-flow", "scan/1", 5000, 0, RSIT_SCANNER},
    {"own-flow", "scan/1", 5000, 0, RSIT_SCANNER},
    {"list:c2", "contact/1", 5000, SIGHTING_ESTABLISHED | SIGHTING_HAS_PEER,
     RSIT_INFECTED_SYSTEM},
    {"list:c2", "contact/1", 5000, SIGHTING_ESTABLISHED | SIGHTING_HAS_PEER,
     RSIT_INFECTED_SYSTEM},
    {"sinkhole-a", "feed/1", 5000, SIGHTING_ESTABLISHED | SIGHTING_SINKHOLE,
     RSIT_INFECTED_SYSTEM},
    {"own-flow", "brute/1", 3000, 0, RSIT_BRUTE_FORCE},
    {"mail", "mail/1", 1500, SIGHTING_UNAUTHENTICATED, RSIT_SPAM},
    {"own-flow", "flood.icmp/1", 6000, SIGHTING_FLOOD_LASTS, RSIT_DDOS}};

void
case_made_sighting(struct sighting *sighting, uint32_t account,
		   struct at_event time, struct rng *rng)
{
	const struct shape *shape = &shapes[rng_below(rng, 10)];

	memset(sighting, 0, sizeof(*sighting));
	sighting->class = shape->class;
	sighting->role = ROLE_INFECTED;
	sighting->proto = 6;
	sighting->weight_milli = shape->weight_milli;
	sighting->marks = shape->marks;
	sighting->lateness_us = 120 * TIMES_SECOND_US;
	sighting->time = sighting->last = time;
	sighting->first.us = time.us - 10 * TIMES_SECOND_US;
	sighting->known.us = time.us + 121 * TIMES_SECOND_US;
	sighting->address = case_made_address(account);
	sighting->subject.prefix = prefix_of(&sighting->address, 128);
	if (shape->marks & SIGHTING_HAS_PEER) {
		sighting->peer =
		    addr_from_v4(0xc6336400u + (uint32_t)rng_below(rng, 200));
		sighting->peer_port = 443;
	}
	(void)text_copy(sighting->origin, sizeof(sighting->origin),
			slice_of(shape->origin));
	(void)text_copy(sighting->detector, sizeof(sighting->detector),
			slice_of(shape->detector));
	sighting_seal(sighting);
}

void
case_made_policy(struct case_policy *policy)
{
	case_policy_init(policy);
	policy->live_mode = policy->essential_set = true;
	memset(policy->live, true, sizeof(policy->live));
	case_policy_seal(policy);
}

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double
case_made_clock(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double
case_made_processor(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double
case_made_median(double *values, unsigned count)
{
	qsort(values, count, sizeof(values[0]), by_value);
	return values[count / 2];
}
