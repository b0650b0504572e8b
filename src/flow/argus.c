/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Argus text to flow records.
 *
 * What the columns mean was checked against real files of three makers:
 * - Dir says which way packets went; a reply alone is written "<-" with its
 *   sender in DstAddr and SrcBytes 0.  Only for TCP does it also say who began.
 * - State of TCP is "letters of SrcAddr's flags _ letters of DstAddr's".
 * - Sport of ICMP is hexadecimal with the type in its low byte and the code in
 *   its high byte, empty for 0/0; Dport is the ICMP id, or the port of a port
 *   unreachable, with its bytes swapped.  An older form has the type alone in
 *   Sport ("0x03") and the code in Dport.  ICMPv6 has the type in decimal.
 */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/times.h"
#include "flow/argus.h"

#define ARGUS_LINE_MAX 8192
#define ARGUS_COLUMNS_MAX 128
/* Ethernet without and with the least payload, in Argus's byte counts. */
#define FRAME_BYTES_MIN 60
#define FRAME_BYTES_MAX 1514
#define COUNT_MAX (UINT64_C(1) << 48)
#define DURATION_US_MAX (INT64_C(366) * TIMES_DAY_US)

enum column {
	COLUMN_START,
	COLUMN_LAST,
	COLUMN_DURATION,
	COLUMN_PROTO,
	COLUMN_SRC,
	COLUMN_SPORT,
	COLUMN_DIR,
	COLUMN_DST,
	COLUMN_DPORT,
	COLUMN_STATE,
	COLUMN_PACKETS,
	COLUMN_BYTES,
	COLUMN_SRC_PACKETS,
	COLUMN_SRC_BYTES,
	COLUMN_DST_PACKETS,
	COLUMN_DST_BYTES,
	COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    "StartTime", "LastTime", "Dur",     "Proto",    "SrcAddr", "Sport",
    "Dir",       "DstAddr",  "Dport",   "State",    "TotPkts", "TotBytes",
    "SrcPkts",   "SrcBytes", "DstPkts", "DstBytes",
};

struct header {
	char separator; /* 0 until a header was read */
	bool open_end;  /* the last column is free text (Label) */
	size_t count;
	int at[COLUMN_COUNT]; /* index of each column, or -1 */
};

struct argus {
	int64_t zone_us;
	struct header header;
	struct argus_stats stats;
	uint64_t line;
	bool overlong; /* inside a line that is too long to be kept */
	size_t line_length;
	size_t batch_count;
	char line_bytes[ARGUS_LINE_MAX];
	struct flow_record batch[FLOW_BATCH_MAX];
};

/* A row, with each number read and its two directions told apart. */
struct row {
	struct slice cells[COLUMN_COUNT];
	int64_t start_us, end_us;
	struct addr src, dst;
	uint8_t proto;
	uint16_t sport, dport;
	uint64_t packets;
	uint64_t src_bytes, dst_bytes;
	bool packets_split; /* src_packets and dst_packets were in the row */
	uint64_t src_packets, dst_packets;
};

struct argus *
argus_new(int32_t zone_offset_s)
{
	struct argus *argus = memory_new(1, sizeof(*argus));

	if (argus)
		argus->zone_us = zone_offset_s * TIMES_SECOND_US;
	return argus;
}

void
argus_free(struct argus *argus)
{
	memory_free(argus);
}

void
argus_stats(const struct argus *argus, struct argus_stats *stats)
{
	*stats = argus->stats;
}

static bool
header_has(const struct header *header, enum column column)
{
	return header->at[column] >= 0;
}

/* Reads a header line; false when it doesn't name what a flow needs. */
static bool
header_parse(struct slice line, struct header *header)
{
	struct slice rest = line;
	struct slice cell = {NULL, 0};

	header->separator = memchr(line.at, '\t', line.length) ? '\t' : ',';
	header->count = 0;
	for (int i = 0; i < COLUMN_COUNT; i++)
		header->at[i] = -1;
	while (rest.at && header->count < ARGUS_COLUMNS_MAX) {
		cell = slice_trim(slice_split(&rest, header->separator));
		for (int i = 0; i < COLUMN_COUNT; i++) {
			if (slice_equal_folded(cell, column_names[i]))
				header->at[i] = (int)header->count;
		}
		header->count++;
	}
	header->open_end = slice_equal_folded(cell, "Label");
	return header_has(header, COLUMN_START) &&
	       (header_has(header, COLUMN_DURATION) ||
		header_has(header, COLUMN_LAST)) &&
	       header_has(header, COLUMN_PROTO) &&
	       header_has(header, COLUMN_SRC) &&
	       header_has(header, COLUMN_SPORT) &&
	       header_has(header, COLUMN_DST) &&
	       header_has(header, COLUMN_DPORT) &&
	       header_has(header, COLUMN_SRC_BYTES) &&
	       (header_has(header, COLUMN_BYTES) ||
		header_has(header, COLUMN_DST_BYTES)) &&
	       (header_has(header, COLUMN_PACKETS) ||
		(header_has(header, COLUMN_SRC_PACKETS) &&
		 header_has(header, COLUMN_DST_PACKETS)));
}

static struct slice
without_bom(const char *bytes, size_t length)
{
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		return (struct slice){bytes + 3, length - 3};
	return (struct slice){bytes, length};
}

bool
argus_recognise(const char *bytes, size_t length)
{
	const char *end = memchr(bytes, '\n', length);
	struct header header;

	return header_parse(without_bom(bytes,
					end ? (size_t)(end - bytes) : length),
			    &header);
}

static bool
digits(struct slice *rest, size_t count, char after, uint32_t *value)
{
	uint64_t number = 0;

	if (rest->length < count ||
	    slice_u64((struct slice){rest->at, count}, UINT32_MAX, &number))
		return false;
	rest->at += count;
	rest->length -= count;
	*value = (uint32_t)number;
	if (after == '\0')
		return true;
	if (rest->length == 0 || *rest->at != after)
		return false;
	rest->at++;
	rest->length--;
	return true;
}

/* ".826372", up to six digits counting, or nothing. */
static bool
fraction(struct slice rest, uint32_t *us)
{
	uint32_t unit = 100000;

	*us = 0;
	if (rest.length == 0)
		return true;
	if (*rest.at != '.' || rest.length == 1)
		return false;
	for (size_t i = 1; i < rest.length; i++) {
		if (rest.at[i] < '0' || rest.at[i] > '9')
			return false;
		*us += unit * (uint32_t)(rest.at[i] - '0');
		unit /= 10;
	}
	return true;
}

/*
 * 2011/08/18 15:40:53.826372, the same with '-' or 'T', RFC 3339, or seconds
 * since the epoch.  Without a zone: in that of the file.
 */
static bool
time_parse(struct slice cell, int64_t zone_us, int64_t *us)
{
	struct times_date date = {0};
	struct slice rest = cell;
	uint32_t year;
	char between;

	if (cell.length < 5)
		return false;
	between = cell.at[4];
	if (between != '/' && between != '-')
		return slice_micro(cell, us) == 0;
	if (times_parse(cell, us) == 0)
		return true;
	if (!digits(&rest, 4, between, &year) ||
	    !digits(&rest, 2, between, &date.month) ||
	    !digits(&rest, 2, '\0', &date.day) || rest.length == 0 ||
	    (*rest.at != ' ' && *rest.at != 'T'))
		return false;
	rest.at++;
	rest.length--;
	if (!digits(&rest, 2, ':', &date.hour) ||
	    !digits(&rest, 2, ':', &date.minute) ||
	    !digits(&rest, 2, '\0', &date.second) || !fraction(rest, &date.us))
		return false;
	date.year = (int32_t)year;
	if (times_from_date(&date, us) != 0)
		return false;
	*us -= zone_us;
	return true;
}

static const char *
row_times(struct row *row, int64_t zone_us)
{
	int64_t duration_us = 0;

	if (!time_parse(row->cells[COLUMN_START], zone_us, &row->start_us))
		return "start time not understood";
	if (row->cells[COLUMN_DURATION].at) {
		if (slice_micro(row->cells[COLUMN_DURATION], &duration_us))
			return "duration not understood";
		if (duration_us > DURATION_US_MAX)
			return "duration out of range";
		row->end_us = row->start_us + duration_us;
	} else if (!time_parse(row->cells[COLUMN_LAST], zone_us,
			       &row->end_us) ||
		   row->end_us < row->start_us) {
		return "last time not understood";
	}
	/* Some captures run on a clock that began with the epoch: replay runs
	 * on the records' own clock, so they are read. */
	if (row->start_us < 0 || row->end_us > TIMES_LATEST_US)
		return "time out of range";
	return NULL;
}

/* RTP, RTCP and UDT are Argus's guesses at what a UDP flow carries. */
static const struct {
	const char *name;
	uint8_t proto;
} ip_names[] = {
    {"tcp", 6},       {"udp", 17},       {"icmp", 1},       {"rtp", 17},
    {"rtcp", 17},     {"udt", 17},       {"igmp", 2},       {"gre", 47},
    {"esp", 50},      {"ah", 51},        {"ipv6-icmp", 58}, {"icmp6", 58},
    {"pim", 103},     {"ipv6", 41},      {"sctp", 132},     {"ospf", 89},
    {"ospfigp", 89},  {"rsvp", 46},      {"vrrp", 112},     {"ipip", 94},
    {"ipencap", 4},   {"eigrp", 88},     {"l2tp", 115},     {"ipv6-frag", 44},
    {"ipv6-no", 59},  {"ipv6-opts", 60}, {"hopopt", 0},     {"dccp", 33},
    {"udplite", 136}, {"egp", 8},        {"ipcomp", 108},
};

static bool
row_proto(struct row *row)
{
	struct slice name = row->cells[COLUMN_PROTO];

	for (size_t i = 0; i < sizeof(ip_names) / sizeof(ip_names[0]); i++) {
		if (slice_equal_folded(name, ip_names[i].name)) {
			row->proto = ip_names[i].proto;
			return true;
		}
	}
	return addr_proto_parse(name, &row->proto) == 0;
}

static bool
is_ported(uint8_t proto)
{
	return proto == 6 || proto == 17 || proto == 33 || proto == 132 ||
	       proto == 136;
}

static bool
is_icmp(uint8_t proto)
{
	return proto == 1 || proto == 58;
}

static bool
number_parse(struct slice cell, uint64_t max, uint64_t *value)
{
	*value = 0;
	return cell.length == 0 || slice_u64(cell, max, value) == 0 ||
	       slice_hex(cell, max, value) == 0;
}

static const char *
row_ports(struct row *row)
{
	uint64_t sport, dport;

	if (!is_ported(row->proto))
		return NULL;
	if (!number_parse(row->cells[COLUMN_SPORT], UINT16_MAX, &sport) ||
	    !number_parse(row->cells[COLUMN_DPORT], UINT16_MAX, &dport))
		return "port is no number";
	row->sport = (uint16_t)sport;
	row->dport = (uint16_t)dport;
	return NULL;
}

/* total = first + second, of which the row gives two (or three) of them. */
static const char *
pair_parse(const struct row *row, enum column total, enum column first,
	   enum column second, uint64_t *first_count, uint64_t *second_count)
{
	uint64_t sum = 0;

	if (slice_u64(row->cells[first], COUNT_MAX, first_count))
		return "count is no number";
	if (row->cells[second].at) {
		if (slice_u64(row->cells[second], COUNT_MAX, second_count))
			return "count is no number";
		return NULL;
	}
	if (slice_u64(row->cells[total], COUNT_MAX, &sum))
		return "count is no number";
	if (*first_count > sum)
		return "more from one side than in all";
	*second_count = sum - *first_count;
	return NULL;
}

static const char *
row_counts(struct row *row)
{
	const char *reason = pair_parse(row, COLUMN_BYTES, COLUMN_SRC_BYTES,
					COLUMN_DST_BYTES, &row->src_bytes,
					&row->dst_bytes);

	if (reason)
		return reason;
	row->packets_split = row->cells[COLUMN_SRC_PACKETS].at != NULL;
	if (row->packets_split) {
		reason = pair_parse(row, COLUMN_PACKETS, COLUMN_SRC_PACKETS,
				    COLUMN_DST_PACKETS, &row->src_packets,
				    &row->dst_packets);
		row->packets = row->src_packets + row->dst_packets;
	} else if (slice_u64(row->cells[COLUMN_PACKETS], COUNT_MAX,
			     &row->packets)) {
		reason = "count is no number";
	}
	if (reason)
		return reason;
	if (row->packets == 0 || row->src_bytes + row->dst_bytes == 0)
		return "no packets";
	return NULL;
}

static uint64_t
min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/*
 * The most packets that `bytes` can have been when the other side sent
 * `other` bytes and both together `total` packets: each of ours is at least
 * the smallest frame, each of theirs at most the largest.  Where the row's own
 * mean is outside these (loopback, offloading), the mean stands in.
 */
static uint64_t
packets_most(uint64_t bytes, uint64_t other, uint64_t total)
{
	uint64_t mean = (bytes + other) / total;
	uint64_t smallest = max_u64(min_u64(FRAME_BYTES_MIN, mean), 1);
	uint64_t largest = max_u64(FRAME_BYTES_MAX, mean + 1);
	uint64_t other_least = (other + largest - 1) / largest;
	uint64_t most = total > other_least ? total - other_least : 0;

	if (bytes == 0)
		return 0;
	return max_u64(min_u64(bytes / smallest, most), 1);
}

/* Packets of one direction: exact, or split by bytes between its bounds. */
static void
direction_packets(const struct row *row, bool from_src,
		  struct flow_record *record)
{
	uint64_t bytes = from_src ? row->src_bytes : row->dst_bytes;
	uint64_t other = from_src ? row->dst_bytes : row->src_bytes;
	uint64_t most, other_most, share;

	record->bytes = bytes;
	if (row->packets_split) {
		uint64_t count = from_src ? row->src_packets : row->dst_packets;

		record->packets = max_u64(count, 1);
		record->packets_low = record->packets;
		record->packets_high = record->packets;
		return;
	}
	most = packets_most(bytes, other, row->packets);
	other_most = packets_most(other, bytes, row->packets);
	record->packets_low = row->packets > other_most
				  ? min_u64(row->packets - other_most, most)
				  : 1;
	record->packets_high = most;
	share = (uint64_t)((double)row->packets * (double)row->src_bytes /
			       (double)(bytes + other) +
			   0.5);
	if (!from_src)
		share = row->packets - share;
	record->packets = min_u64(max_u64(share, record->packets_low), most);
}

/* The letters of one side; false when one is none of TCP's flags. */
static bool
flags_parse(struct slice letters, uint8_t *flags)
{
	static const char names[] = "FSRPAUEC"; /* bit 0 first */

	*flags = 0;
	for (size_t i = 0; i < letters.length; i++) {
		const char *at = strchr(names, letters.at[i]);

		if (!at || letters.at[i] == '\0')
			return false;
		*flags |= (uint8_t)(1u << (at - names));
	}
	return true;
}

/*
 * States of TCP in words say less: what they do say.  "S0" is Zeek's name for
 * a SYN without an answer, met in files made by hand.
 */
static const struct {
	const char *name;
	uint8_t src, dst;
} tcp_states[] = {
    {"REQ", FLOW_TCP_SYN, 0},
    {"S0", FLOW_TCP_SYN, 0},
    {"ACC", FLOW_TCP_SYN, FLOW_TCP_SYN | FLOW_TCP_ACK},
    {"CON", FLOW_TCP_ACK, FLOW_TCP_ACK},
    {"EST", FLOW_TCP_ACK, FLOW_TCP_ACK},
};

static bool
tcp_state(struct slice state, uint8_t *src, uint8_t *dst)
{
	struct slice rest = state;

	if (state.length == 0)
		return false;
	if (memchr(state.at, '_', state.length)) {
		struct slice first = slice_split(&rest, '_');

		return flags_parse(first, src) && flags_parse(rest, dst);
	}
	for (size_t i = 0; i < sizeof(tcp_states) / sizeof(tcp_states[0]);
	     i++) {
		if (slice_equal(state, tcp_states[i].name)) {
			*src = tcp_states[i].src;
			*dst = tcp_states[i].dst;
			return true;
		}
	}
	return false;
}

/* The arrow is the last word of the cell; what stands before is noise. */
static void
tcp_initiator(struct slice dir, bool *src_began, bool *dst_began)
{
	bool unknown = memchr(dir.at ? dir.at : "", '?', dir.length) != NULL;
	bool right = dir.length > 0 && dir.at[dir.length - 1] == '>';
	bool left = dir.length > 1 && dir.at[dir.length - 2] == '<';

	left = left || (dir.length > 2 && dir.at[dir.length - 3] == '<');
	*src_began = right && !left && !unknown;
	*dst_began = left && !right && !unknown;
}

static void
tcp_marks(const struct row *row, bool from_src, struct flow_record *record)
{
	uint8_t src_flags = 0, dst_flags = 0;
	bool src_began, dst_began;

	if (tcp_state(row->cells[COLUMN_STATE], &src_flags, &dst_flags)) {
		record->tcp_flags = from_src ? src_flags : dst_flags;
		record->peer_flags = from_src ? dst_flags : src_flags;
		record->marks |= FLOW_FLAGS_KNOWN | FLOW_PEER_KNOWN;
	}
	tcp_initiator(row->cells[COLUMN_DIR], &src_began, &dst_began);
	if (from_src ? src_began : dst_began)
		record->marks |= FLOW_INITIATOR;
	if (from_src ? dst_began : src_began)
		record->marks |= FLOW_RESPONDER;
}

/* The type that answers one; -1 for those that ask nothing. */
static int
icmp_reply_type(uint8_t proto, uint8_t type)
{
	if (proto == 58)
		return type == 128 ? 129 : -1;
	switch (type) {
	case 8:
		return 0;
	case 10:
		return 9;
	case 13:
		return 14;
	case 15:
		return 16;
	case 17:
		return 18;
	default:
		return -1;
	}
}

/* Type and code of the row's own packets (those of the side that began). */
static bool
icmp_parse(const struct row *row, uint8_t *type, uint8_t *code)
{
	struct slice sport = row->cells[COLUMN_SPORT];
	uint64_t value = 0, second = 0;

	*code = 0;
	if (row->proto == 58 && slice_u64(sport, UINT8_MAX, &value) == 0) {
		*type = (uint8_t)value;
		return true;
	}
	if (!number_parse(sport, UINT16_MAX, &value))
		return false;
	*type = (uint8_t)(value & 0xff);
	*code = (uint8_t)(value >> 8);
	if (sport.length > 0 && sport.length <= 4 &&
	    row->cells[COLUMN_DPORT].length <= 4 &&
	    number_parse(row->cells[COLUMN_DPORT], UINT8_MAX, &second))
		*code = (uint8_t)second;
	return true;
}

static void
icmp_marks(const struct row *row, bool from_src, struct flow_record *record)
{
	uint8_t type, code;
	int reply;

	if (!icmp_parse(row, &type, &code))
		return;
	/* A row of replies alone has their own type and its sender last. */
	if (!from_src && row->src_bytes > 0) {
		reply = icmp_reply_type(row->proto, type);
		if (reply < 0)
			return;
		type = (uint8_t)reply;
		code = 0;
	}
	record->icmp_type = type;
	record->icmp_code = code;
	record->marks |= FLOW_ICMP_KNOWN;
}

static void
row_record(const struct row *row, bool from_src, struct flow_record *record)
{
	memset(record, 0, sizeof(*record));
	record->src = from_src ? row->src : row->dst;
	record->dst = from_src ? row->dst : row->src;
	record->sport = from_src ? row->sport : row->dport;
	record->dport = from_src ? row->dport : row->sport;
	record->start.us = row->start_us;
	record->end.us = row->end_us;
	record->exported.us = row->end_us;
	record->proto = row->proto;
	record->entered = ENTERED_UNKNOWN;
	record->direction = FLOW_DIRECTION_UNKNOWN;
	record->sampling_from = SAMPLING_UNKNOWN;
	record->marks = FLOW_TEXT;
	direction_packets(row, from_src, record);
	if (row->proto == 6)
		tcp_marks(row, from_src, record);
	else if (is_icmp(row->proto))
		icmp_marks(row, from_src, record);
}

static void
argus_flush(struct argus *argus, flow_sink *sink, void *context)
{
	if (argus->batch_count > 0)
		sink(context, argus->batch, argus->batch_count);
	argus->batch_count = 0;
}

/* NULL, or why the row can't be read; *not_ip is set for other protocols. */
static const char *
row_parse(const struct argus *argus, struct row *row, bool *not_ip)
{
	bool src_ok = addr_parse(row->cells[COLUMN_SRC], &row->src) == 0;
	bool dst_ok = addr_parse(row->cells[COLUMN_DST], &row->dst) == 0;
	bool named = row_proto(row);
	const char *reason;

	/* ARP has IP addresses in its columns and RARP has none: both go by
	 * name, and a name nobody knows by whether it has addresses. */
	*not_ip = !named &&
		  (!src_ok || !dst_ok ||
		   slice_equal_folded(row->cells[COLUMN_PROTO], "arp") ||
		   slice_equal_folded(row->cells[COLUMN_PROTO], "rarp"));
	if (*not_ip)
		return NULL;
	if (!named)
		return "unknown protocol";
	if (!src_ok || !dst_ok)
		return "address not understood";
	reason = row_times(row, argus->zone_us);
	if (!reason)
		reason = row_counts(row);
	if (!reason)
		reason = row_ports(row);
	return reason;
}

/* Cuts the line into the columns of the header; false: not as many. */
static bool
row_cut(const struct header *header, struct slice line, struct row *row)
{
	struct slice cells[ARGUS_COLUMNS_MAX];
	struct slice rest = line;
	size_t count = 0;

	while (rest.at && count < header->count)
		cells[count++] =
		    slice_trim(slice_split(&rest, header->separator));
	if (count < header->count || (rest.at && !header->open_end))
		return false;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (header->at[i] >= 0)
			row->cells[i] = cells[header->at[i]];
	}
	return true;
}

static void
argus_row(struct argus *argus, struct slice line, flow_sink *sink,
	  void *context)
{
	struct row row = {0};
	bool not_ip = false;
	const char *reason = row_cut(&argus->header, line, &row)
				 ? row_parse(argus, &row, &not_ip)
				 : "not as many columns as the header";

	if (not_ip) {
		argus->stats.not_ip++;
		return;
	}
	if (reason) {
		argus->stats.refused++;
		argus->stats.refused_line = argus->line;
		argus->stats.reason = reason;
		return;
	}
	argus->stats.rows++;
	if (argus->batch_count + 2 > FLOW_BATCH_MAX)
		argus_flush(argus, sink, context);
	if (row.src_bytes > 0)
		row_record(&row, true, &argus->batch[argus->batch_count++]);
	if (row.dst_bytes > 0)
		row_record(&row, false, &argus->batch[argus->batch_count++]);
}

/* One whole line; a header may come again where files were joined. */
static int
argus_line(struct argus *argus, struct slice line, flow_sink *sink,
	   void *context)
{
	struct header header;

	argus->line++;
	if (argus->line == 1)
		line = without_bom(line.at, line.length);
	if (slice_trim(line).length == 0)
		return 0;
	if (argus->header.separator == '\0') {
		if (!header_parse(line, &header))
			return LZ_E_FORMAT;
		argus->header = header;
		return 0;
	}
	if (line.length > 9 && memcmp(line.at, "StartTime", 9) == 0 &&
	    header_parse(line, &header)) {
		argus->header = header;
		return 0;
	}
	argus_row(argus, line, sink, context);
	return 0;
}

/* Keeps a piece of a line that hasn't ended; what is too long is refused. */
static void
argus_keep(struct argus *argus, const char *bytes, size_t length)
{
	if (length > ARGUS_LINE_MAX - argus->line_length) {
		argus->overlong = true;
		argus->line_length = 0;
	}
	if (argus->overlong)
		return;
	memcpy(argus->line_bytes + argus->line_length, bytes, length);
	argus->line_length += length;
}

static int
argus_line_end(struct argus *argus, flow_sink *sink, void *context)
{
	struct slice line = {argus->line_bytes, argus->line_length};

	argus->line_length = 0;
	if (!argus->overlong)
		return argus_line(argus, line, sink, context);
	argus->overlong = false;
	argus->line++;
	if (argus->header.separator == '\0')
		return LZ_E_FORMAT;
	argus->stats.refused++;
	argus->stats.refused_line = argus->line;
	argus->stats.reason = "line too long";
	return 0;
}

int
argus_feed(struct argus *argus, const char *bytes, size_t length,
	   flow_sink *sink, void *context)
{
	int result = 0;

	while (length > 0 && result == 0) {
		const char *end = memchr(bytes, '\n', length);
		size_t piece = end ? (size_t)(end - bytes) : length;

		argus_keep(argus, bytes, piece);
		if (end) {
			result = argus_line_end(argus, sink, context);
			piece++;
		}
		bytes += piece;
		length -= piece;
	}
	argus_flush(argus, sink, context);
	return result;
}

int
argus_end(struct argus *argus, flow_sink *sink, void *context)
{
	int result = 0;

	if (argus->line_length > 0 || argus->overlong)
		result = argus_line_end(argus, sink, context);
	argus_flush(argus, sink, context);
	if (result == 0 && argus->header.separator == '\0')
		result = LZ_E_FORMAT;
	return result;
}
