/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each pair (subject, remote address, kind of traffic) sent and got back
 * in each window.
 *
 * Windows are aligned to the epoch.  A cell is one pair in one window; a
 * record's packets are spread evenly over its duration, in thousandths of a
 * packet, so the sums don't depend on the order of records.  A closed window
 * is kept for three more, because a flood is judged by what came before it.
 *
 * Bounded: when all cells are in use, a quiet one (under a fiftieth of what
 * makes a flood, both ways) makes room, found by a hand that goes round; where
 * none is near, the newcomer is refused.  Both are counted.  So a flood of
 * random addresses pushes out its like, never a pair that is loud.
 */
#ifndef DETECT_WINDOWS_H
#define DETECT_WINDOWS_H

#include "detect/pool.h"
#include "detect/say.h"
#include "detect/side.h"
#include "fact/sighting.h"

#define WINDOW_NARROW_US (10 * TIMES_SECOND_US)
#define WINDOW_WIDE_US (60 * TIMES_SECOND_US)
/* Closed windows that are kept. */
#define WINDOWS_BEFORE 3

/* window_cell.flags */
#define CELL_PORT 0x01       /* port is set */
#define CELL_PORT_MIXED 0x02 /* more than one of ours was used */
#define CELL_PEER_PORT 0x04
#define CELL_PEER_PORT_MIXED 0x08
#define CELL_RAN_BEFORE 0x10 /* the stream was as loud before it */
#define CELL_SAMPLING_UNKNOWN 0x20

struct window_cell {
	/* link: next in its window's list; note: index + 1 of the exporter that
	 * spoke of what was sent last. */
	struct pool_item item;
	uint32_t before;   /* in the list */
	uint32_t sampling; /* largest 1:N of its records, at least 1 */
	/* Packets x 1000, scaled by sampling: our own measurement, and what an
	 * outsider could have sent in the subject's name. */
	uint64_t sent[2];
	uint64_t back;
	uint64_t
	    aux; /* ICMP: echo requests; UDP: flood.c's soft; SYN: handshakes */
	uint32_t first_us, last_us; /* of what was sent, into the window */
	/* The second cache line: who. */
	struct addr subject, peer, address;
	int32_t window;
	uint16_t port_first, port_last;
	uint16_t port, peer_port;
	uint8_t kind;   /* enum side_kind */
	uint8_t length; /* of the subject's prefix */
	uint8_t flags;
	uint8_t entered; /* bit (1 << enum entered) of what was sent */
};

struct window_ports {
	uint8_t count;
	struct port_time ports[SIGHTING_PORTS_MAX];
};

struct windows {
	const struct detect_conf *conf;
	struct pool cells;
	struct window_ports
	    *ports;      /* by cell; NULL where no subject is shared */
	uint32_t *heads; /* of the windows' lists, a ring */
	uint32_t ring;
	int64_t window_us;
	int64_t closed; /* index of the first window that isn't closed */
	uint64_t late_milli;
	uint64_t evicted;
	uint64_t bytes;
};

/* One record's contribution to one pair. */
struct window_part {
	const struct side *side;
	const struct addr *peer;
	uint64_t hash; /* side_hash of the pair */
	enum side_kind kind;
	uint64_t packets; /* not scaled */
	bool sent;        /* by the subject; else it came back */
	bool spoofable;
	bool aux; /* what is sent counts as aux too */
	uint16_t peer_port;
};

bool windows_init(struct windows *windows, const struct detect_conf *conf);
void windows_fini(struct windows *windows);

/* The first record: windows that are over by `closed_us` are closed. */
void windows_start(struct windows *windows, int64_t closed_us);
/* All cells are dropped and windows are wide from now_us on. */
void windows_widen(struct windows *windows, int64_t now_us);

/* Parts of windows that are closed are left out: windows_late counts them. */
void windows_add(struct windows *windows, const struct flow_record *record,
		 const struct window_part *part);
void windows_late(struct windows *windows, const struct flow_record *record);
/* Adds to aux of the pair's cell in the window of `us`, where there is one. */
void windows_note(struct windows *windows, const struct window_part *part,
		  int64_t us, uint32_t sampling);

/* The pair's cell in another window, or NULL. */
const struct window_cell *windows_other(const struct windows *windows,
					const struct window_cell *cell,
					uint64_t pair_hash, int64_t window);
/* The pair's hash, from a cell of it. */
uint64_t windows_pair_hash(const struct windows *windows,
			   const struct window_cell *cell);
/* First cell of a window's list, and the next: POOL_NONE at the end. */
uint32_t windows_first(const struct windows *windows, int64_t window);
/* The ports of a cell of a shared subject; only where windows->ports is set. */
const struct window_ports *windows_ports(const struct windows *windows,
					 const struct window_cell *cell);
/* Frees the cells of a window. */
void windows_forget(struct windows *windows, int64_t window);

/* The window a time falls into. */
static inline int64_t
windows_index(const struct windows *windows, int64_t us)
{
	return us / windows->window_us;
}

/* The bucket hash of a pair's cell in a window. */
static inline uint64_t
windows_hash(uint64_t pair_hash, int64_t window)
{
	uint64_t x = pair_hash +
		     (uint64_t)window * UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return x ? x : 1;
}

/* Packets x 1000 of a flood at `pps` in one window. */
static inline uint64_t
windows_need(const struct windows *windows, uint32_t pps)
{
	return (uint64_t)pps * 1000 *
	       (uint64_t)(windows->window_us / TIMES_SECOND_US);
}

#endif
