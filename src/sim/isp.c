/* SPDX-License-Identifier: Apache-2.0 */
/* The invented provider: lines, their sources of traffic, and the merge of
 * all records by export time. */
#include "sim/isp.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/rng.h"
#include "sim/emitter.h"
#include "sim/trait.h"

#define LINES_OF_TRAITS 300    /* trait_lines speaks of so many */
#define V4_A 0xc6336400u       /* 198.51.100.0 */
#define V4_B 0xcb007100u       /* 203.0.113.0 */
#define V4_OUTSIDE 0xc0000200u /* 192.0.2.0 */
#define V4_WIDE 0xc6120000u    /* 198.18.0.0/15 */

struct isp {
	struct isp_conf conf;
	size_t line_count;
	struct isp_line *lines;
	size_t emitter_count, emitter_capacity;
	struct emitter *emitters;
	size_t heap_count;
	uint32_t *heap; /* emitters by next_us, then by number */
	size_t ready_at, ready_count;
	struct flow_record ready[EMITTER_RECORDS_MAX];
};

void
isp_conf_init(struct isp_conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->seed = 1;
	conf->lines = 300;
	conf->duration_us = 300 * TIMES_SECOND_US;
	conf->quiet_us = 120 * TIMES_SECOND_US;
	conf->active_timeout_us = 5 * TIMES_SECOND_US;
	conf->inactive_timeout_us = 2 * TIMES_SECOND_US;
}

const char *
isp_behaviour_name(enum isp_behaviour behaviour)
{
	static const char *const names[ISP_BEHAVIOUR_COUNT] = {
	    [ISP_BROWSING] = "browsing",
	    [ISP_SCANNER] = "scanner",
	    [ISP_UDP_FLOOD] = "udp-flood",
	    [ISP_SYN_FLOOD] = "syn-flood",
	    [ISP_C2_ONLY] = "c2-only",
	    [ISP_TORRENT] = "torrent",
	    [ISP_VIDEO_UPLOAD] = "video-upload",
	    [ISP_VPN] = "vpn",
	    [ISP_SPEED_TEST] = "speed-test",
	    [ISP_MONITOR] = "port-monitoring",
	    [ISP_PING_MONITOR] = "ping-monitoring",
	    [ISP_CAMERA] = "camera",
	    [ISP_FLOOD_VICTIM] = "flood-victim",
	    [ISP_C2_SCANNED] = "scanned-by-c2",
	};

	lz_assert(behaviour < ISP_BEHAVIOUR_COUNT);
	return names[behaviour];
}

bool
isp_behaviour_infected(enum isp_behaviour behaviour)
{
	return behaviour >= ISP_SCANNER && behaviour <= ISP_C2_ONLY;
}

/* Line i: a /32 of the two inside blocks, and the /56 number i. */
static void
line_init(struct isp_line *line, uint32_t i)
{
	static const uint8_t v6_inside[16] = {0x20, 0x01, 0x0d, 0xb8, 0x10};
	struct text text;

	text_init(&text, line->label, sizeof(line->label));
	text_add(&text, "line-");
	text_padded(&text, i + 1, 4);
	line->v4 = addr_from_v4(i < 250 ? V4_A + 1 + i : V4_B + 1 + i - 250);
	line->v6.addr = addr_from_v6_bytes(v6_inside);
	line->v6.addr.bytes[5] = (uint8_t)(i >> 8);
	line->v6.addr.bytes[6] = (uint8_t)i;
	line->v6.length = 56;
	line->behaviour = ISP_BROWSING;
}

/* Deals the behaviours out to lines drawn without putting back. */
static void
lines_deal(struct isp *isp, struct rng *rng)
{
	unsigned behaviour;

	for (behaviour = 1; behaviour < ISP_BEHAVIOUR_COUNT; behaviour++) {
		uint32_t wanted = trait_lines(behaviour) * isp->conf.lines /
				  LINES_OF_TRAITS;

		if (wanted == 0)
			wanted = 1;
		while (wanted > 0) {
			uint64_t i = rng_below(rng, isp->line_count);

			if (isp->lines[i].behaviour != ISP_BROWSING)
				continue;
			isp->lines[i].behaviour = behaviour;
			wanted--;
		}
	}
}

static struct emitter *
emitter_new(struct isp *isp, const struct rng *rng)
{
	struct emitter *emitter;

	if (isp->emitter_count == isp->emitter_capacity) {
		size_t more = isp->emitter_capacity * 2 + 64;
		void *grown = memory_grow(isp->emitters, isp->emitter_capacity,
					  more, sizeof(*isp->emitters));

		if (grown == NULL)
			return NULL;
		isp->emitters = grown;
		isp->emitter_capacity = more;
	}
	emitter = &isp->emitters[isp->emitter_count];
	emitter->rng = rng_fork(rng, isp->emitter_count);
	emitter->active_us = isp->conf.active_timeout_us;
	emitter->inactive_us = isp->conf.inactive_timeout_us;
	emitter->from_us = isp->conf.start.us;
	emitter->until_us = isp->conf.start.us + isp->conf.duration_us;
	isp->emitter_count++;
	return emitter;
}

/* The line's own host, and a host outside, in the family of `v6`. */
static struct addr
inside_host(const struct isp_line *line, bool v6)
{
	struct addr addr = line->v6.addr;

	if (!v6)
		return line->v4;
	addr.bytes[7] = 1;
	addr.bytes[15] = 0x23;
	return addr;
}

static struct addr
outside_host(uint8_t host, bool v6)
{
	static const uint8_t v6_outside[16] = {0x20, 0x01, 0x0d, 0xb8, 0xf0};
	struct addr addr;

	if (!v6)
		return addr_from_v4(V4_OUTSIDE + host);
	addr = addr_from_v6_bytes(v6_outside);
	addr.bytes[15] = host;
	return addr;
}

static void
emitter_target(struct emitter *emitter, const struct trait *trait)
{
	struct addr wide = addr_from_v4(V4_WIDE);

	emitter->target.prefix = trait->target_wide
				     ? prefix_of(&wide, 96 + 15)
				     : prefix_of(&emitter->remote, 128);
	emitter->target.port = trait->target_port;
	emitter->target.other_port = trait->target_other_port;
	emitter->target.random_port = trait->target_random_port;
	emitter->gap_us = trait->gap_us;
	emitter->answered_percent = trait->answered_percent;
	emitter->answer_flags = trait->answer_flags;
	emitter->random_local_port = trait->random_local_port;
}

static void
emitter_from_trait(struct emitter *emitter, const struct trait *trait,
		   const struct isp_conf *conf, const struct isp_line *line,
		   bool v6, unsigned copy)
{
	emitter->kind = trait->kind;
	emitter->proto = trait->proto;
	emitter->inbound = trait->inbound;
	emitter->local = inside_host(line, v6);
	emitter->remote = outside_host((uint8_t)(trait->remote_host + copy),
				       v6);
	emitter->local_port = trait->local_port;
	if (trait->local_port != 0 && !trait->inbound)
		emitter->local_port += (uint16_t)copy;
	emitter->remote_port = trait->remote_port;
	emitter->from_us += (int64_t)trait->after_s * TIMES_SECOND_US;
	if (trait->attack)
		emitter->from_us += conf->quiet_us;
	if (trait->lasts_s != 0 &&
	    emitter->from_us + (int64_t)trait->lasts_s * TIMES_SECOND_US <
		emitter->until_us)
		emitter->until_us = emitter->from_us +
				    (int64_t)trait->lasts_s * TIMES_SECOND_US;
	emitter->out_mpps = trait->out_mpps;
	emitter->in_mpps = trait->in_mpps;
	emitter->out_bytes = trait->out_bytes;
	emitter->in_bytes = trait->in_bytes;
	emitter->out_flags = trait->flags;
	emitter->in_flags = trait->flags;
	emitter->icmp_out = trait->icmp_out;
	emitter->icmp_in = trait->icmp_in;
	emitter_target(emitter, trait);
}

static int
line_emitters(struct isp *isp, uint32_t i, bool v6, const struct rng *rng)
{
	const struct isp_line *line = &isp->lines[i];
	struct emitter *emitter = emitter_new(isp, rng);
	size_t t;
	unsigned copy;

	if (emitter == NULL)
		return LZ_E_MEMORY;
	emitter->kind = EMITTER_SESSIONS;
	emitter->proto = 6;
	emitter->local = inside_host(line, i % 2 == 1);
	emitter->router = i % ISP_ROUTERS;
	emitter_start(emitter);
	for (t = 0; t < trait_count; t++) {
		const struct trait *trait = &trait_table[t];

		if (trait->behaviour != line->behaviour)
			continue;
		for (copy = 0; copy == 0 || copy < trait->copies; copy++) {
			emitter = emitter_new(isp, rng);
			if (emitter == NULL)
				return LZ_E_MEMORY;
			emitter->router = i % ISP_ROUTERS;
			emitter_from_trait(emitter, trait, &isp->conf, line, v6,
					   copy);
			emitter_start(emitter);
		}
	}
	return 0;
}

static bool
heap_before(const struct isp *isp, uint32_t a, uint32_t b)
{
	int64_t at = isp->emitters[a].next_us, bt = isp->emitters[b].next_us;

	return at != bt ? at < bt : a < b;
}

static void
heap_sink(struct isp *isp, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1;
		uint32_t moved = isp->heap[at];

		if (child >= isp->heap_count)
			return;
		if (child + 1 < isp->heap_count &&
		    heap_before(isp, isp->heap[child + 1], isp->heap[child]))
			child++;
		if (!heap_before(isp, isp->heap[child], moved))
			return;
		isp->heap[at] = isp->heap[child];
		isp->heap[child] = moved;
		at = child;
	}
}

static int
heap_build(struct isp *isp)
{
	size_t i;

	isp->heap = memory_new(isp->emitter_count, sizeof(*isp->heap));
	if (isp->heap == NULL)
		return LZ_E_MEMORY;
	for (i = 0; i < isp->emitter_count; i++) {
		if (isp->emitters[i].next_us != INT64_MAX)
			isp->heap[isp->heap_count++] = (uint32_t)i;
	}
	for (i = isp->heap_count / 2; i > 0; i--)
		heap_sink(isp, i - 1);
	return 0;
}

static int
isp_fill(struct isp *isp)
{
	struct rng rng;
	bool flooded = false;
	uint32_t i;

	rng_init(&rng, isp->conf.seed);
	for (i = 0; i < isp->line_count; i++)
		line_init(&isp->lines[i], i);
	lines_deal(isp, &rng);
	for (i = 0; i < isp->line_count; i++) {
		/* The second UDP flooder attacks over IPv6. */
		bool flooder = isp->lines[i].behaviour == ISP_UDP_FLOOD;
		int error = line_emitters(isp, i, flooder && flooded, &rng);

		if (error != 0)
			return error;
		flooded = flooded || flooder;
	}
	return heap_build(isp);
}

struct isp *
isp_new(const struct isp_conf *conf)
{
	struct isp *isp;

	if (conf->lines < ISP_LINES_MIN || conf->lines > ISP_LINES_MAX)
		return NULL;
	isp = memory_new(1, sizeof(*isp));
	if (isp == NULL)
		return NULL;
	isp->conf = *conf;
	isp->line_count = conf->lines;
	isp->lines = memory_new(isp->line_count, sizeof(*isp->lines));
	if (isp->lines == NULL || isp_fill(isp) != 0) {
		isp_free(isp);
		return NULL;
	}
	return isp;
}

void
isp_free(struct isp *isp)
{
	if (isp == NULL)
		return;
	memory_free(isp->lines);
	memory_free(isp->emitters);
	memory_free(isp->heap);
	memory_free(isp);
}

size_t
isp_line_count(const struct isp *isp)
{
	return isp->line_count;
}

const struct isp_line *
isp_line(const struct isp *isp, size_t index)
{
	lz_assert(index < isp->line_count);
	return &isp->lines[index];
}

bool
isp_next(struct isp *isp, struct flow_record *record)
{
	while (isp->ready_at == isp->ready_count) {
		struct emitter *emitter;

		if (isp->heap_count == 0)
			return false;
		emitter = &isp->emitters[isp->heap[0]];
		isp->ready_at = 0;
		isp->ready_count = emitter_step(emitter, isp->ready);
		if (emitter->next_us == INT64_MAX)
			isp->heap[0] = isp->heap[--isp->heap_count];
		heap_sink(isp, 0);
	}
	*record = isp->ready[isp->ready_at++];
	return true;
}
