/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeek's conn.log to flow records.  Both forms are brought to cells by name
 * first; a cell that is unset has no bytes (at is NULL).
 */
#include "flow/zeek.h"

#include <string.h>

#include "base/json_reader.h"
#include "base/memory.h"
#include "base/times.h"
#include "flow/zeek_history.h"

#define COLUMNS_MAX 256
#define WORD_MAX 32 /* of #unset_field */
#define DURATION_US_MAX (INT64_C(366) * TIMES_DAY_US)
#define FRAME_PAYLOAD_MAX 1500 /* of 1,514 bytes; what IP has of it */
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMP6 58
#define SIDES 2 /* originator, responder */

enum column {
	COLUMN_TS,
	COLUMN_DURATION,
	COLUMN_HOST,                       /* of each side */
	COLUMN_PORT = COLUMN_HOST + SIDES, /* so are these */
	COLUMN_BYTES = COLUMN_PORT + SIDES,
	COLUMN_PACKETS = COLUMN_BYTES + SIDES,
	COLUMN_IP_BYTES = COLUMN_PACKETS + SIDES,
	COLUMN_PROTO = COLUMN_IP_BYTES + SIDES,
	COLUMN_IP_PROTO,
	COLUMN_HISTORY,
	COLUMN_STATE,
	COLUMN_PATH,   /* of JSON that names its log */
	COLUMN_MISSED, /* only conn.log has it */
	COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    "ts",        "duration",     "id.orig_h",     "id.resp_h",
    "id.orig_p", "id.resp_p",    "orig_bytes",    "resp_bytes",
    "orig_pkts", "resp_pkts",    "orig_ip_bytes", "resp_ip_bytes",
    "proto",     "ip_proto",     "history",       "conn_state",
    "_path",     "missed_bytes",
};

struct zeek {
	char separator;
	bool other; /* the present log is another one */
	bool begun; /* a header or a row of conn.log was read */
	char unset[WORD_MAX], empty[WORD_MAX];
	size_t count; /* of columns; 0 without a header */
	int at[COLUMN_COUNT];
	struct text_rows rows;
};

struct side {
	struct addr addr;
	uint16_t port;
	uint64_t bytes, packets, low, high;
	bool ip_bytes, counted; /* bytes are of IP; packets are known */
};

struct row {
	struct slice cells[COLUMN_COUNT];
	struct side sides[SIDES];
	int64_t start_us, end_us;
	uint8_t proto;
	bool icmp_known[SIDES];
	uint8_t icmp_type[SIDES], icmp_code;
	struct zeek_history history;
};

struct zeek *
zeek_new(void)
{
	struct zeek *zeek = memory_new(1, sizeof(*zeek));

	if (!zeek)
		return NULL;
	zeek->separator = '\t';
	zeek->unset[0] = '-';
	memcpy(zeek->empty, "(empty)", sizeof("(empty)"));
	return zeek;
}

void
zeek_free(struct zeek *zeek)
{
	memory_free(zeek);
}

void
zeek_stats(const struct zeek *zeek, struct text_stats *stats)
{
	*stats = zeek->rows.stats;
}

static void
cells_of_json(struct slice line, struct slice *cells, bool *good)
{
	struct json_reader reader;
	struct json_token token;

	json_reader_init(&reader, line.at, line.length);
	*good = json_next(&reader, &token) == JSON_OBJECT;
	while (*good) {
		const enum json_kind kind = json_next(&reader, &token);

		if (kind == JSON_OBJECT_END)
			break;
		for (int i = 0; i < COLUMN_COUNT; i++)
			if ((kind == JSON_STRING || kind == JSON_NUMBER) &&
			    token.has_key &&
			    json_raw_is(token.key, column_names[i]))
				cells[i] = token.raw;
		*good = kind != JSON_BAD && kind != JSON_END &&
			json_skip(&reader, &token) == 0;
	}
	*good = *good && json_next(&reader, &token) == JSON_END;
}

/* Any log of Zeek's may have addresses and a protocol: these only conn.log. */
static bool
is_conn(const struct slice *cells)
{
	return (!cells[COLUMN_PATH].at ||
		slice_equal(cells[COLUMN_PATH], "conn")) &&
	       (cells[COLUMN_STATE].at || cells[COLUMN_MISSED].at ||
		cells[COLUMN_PACKETS].at || cells[COLUMN_IP_BYTES].at);
}

bool
zeek_recognise(const char *bytes, size_t length)
{
	const struct slice line = slice_trim(text_first_line(bytes, length));
	struct slice cells[COLUMN_COUNT] = {0};
	bool good;

	if (line.length >= 10 && memcmp(line.at, "#separator", 10) == 0)
		return true;
	if (line.length == 0 || line.at[0] != '{')
		return false;
	cells_of_json(line, cells, &good);
	return good && is_conn(cells);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "\x09", or the character itself. */
static bool
separator_parse(struct slice word, char *separator)
{
	if (word.length == 4 && word.at[0] == '\\' && word.at[1] == 'x' &&
	    hex_digit(word.at[2]) >= 0 && hex_digit(word.at[3]) >= 0)
		*separator =
		    (char)(hex_digit(word.at[2]) * 16 + hex_digit(word.at[3]));
	else if (word.length == 1)
		*separator = word.at[0];
	else
		return false;
	return true;
}

/* False when #fields doesn't name what a flow needs. */
static bool
fields_parse(struct zeek *zeek, struct slice rest)
{
	static const enum column needed[] = {COLUMN_TS,       COLUMN_HOST,
					     COLUMN_HOST + 1, COLUMN_PORT,
					     COLUMN_PROTO,    COLUMN_PORT + 1};
	bool counts;

	zeek->count = 0;
	for (int i = 0; i < COLUMN_COUNT; i++)
		zeek->at[i] = -1;
	while (rest.at && zeek->count < COLUMNS_MAX) {
		const struct slice cell =
		    slice_trim(slice_split(&rest, zeek->separator));

		for (int i = 0; i < COLUMN_COUNT; i++)
			if (slice_equal(cell, column_names[i]))
				zeek->at[i] = (int)zeek->count;
		zeek->count++;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (zeek->at[needed[i]] < 0)
			return false;
	counts = zeek->at[COLUMN_PACKETS] >= 0 ||
		 zeek->at[COLUMN_IP_BYTES] >= 0 || zeek->at[COLUMN_BYTES] >= 0;
	return !rest.at && counts;
}

/* A line that begins with '#'. */
static int
take_header(struct zeek *zeek, struct slice line)
{
	/* #separator alone is always followed by a blank. */
	const bool blank = line.length > 10 && line.at[10] == ' ' &&
			   memcmp(line.at, "#separator", 10) == 0;
	struct slice rest = line;
	const struct slice name = slice_split(&rest,
					      blank ? ' ' : zeek->separator);
	bool bad = false;

	if (blank) {
		bad = !separator_parse(slice_trim(rest), &zeek->separator);
		zeek->other = bad;
		zeek->count = 0;
	} else if (!rest.at) {
		return 0;
	} else if (slice_equal(name, "#path")) {
		bad = !slice_equal(slice_trim(rest), "conn");
		zeek->other = bad;
	} else if (slice_equal(name, "#unset_field")) {
		bad = !text_copy(zeek->unset, WORD_MAX, slice_trim(rest));
	} else if (slice_equal(name, "#empty_field")) {
		bad = !text_copy(zeek->empty, WORD_MAX, slice_trim(rest));
	} else if (slice_equal(name, "#fields")) {
		bad = !fields_parse(zeek, rest);
		zeek->other = zeek->other || bad;
		zeek->begun = zeek->begun || !bad;
	}
	return bad && !zeek->begun ? LZ_E_FORMAT : 0;
}

/* Cuts the line into the columns of the header; false: not as many. */
static bool
cells_of_tsv(const struct zeek *zeek, struct slice line, struct slice *cells)
{
	struct slice all[COLUMNS_MAX];
	struct slice rest = line;
	size_t count = 0;

	while (rest.at && count < zeek->count)
		all[count++] = slice_trim(slice_split(&rest, zeek->separator));
	if (count < zeek->count || rest.at)
		return false;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		if (zeek->at[i] < 0 ||
		    slice_equal(all[zeek->at[i]], zeek->unset) ||
		    slice_equal(all[zeek->at[i]], zeek->empty))
			continue;
		cells[i] = all[zeek->at[i]];
	}
	return true;
}

/* Takes "e-06" off the end of a number; false when it is none. */
static bool
exponent_split(struct slice *number, int *exponent)
{
	struct slice power = *number;
	uint64_t value;
	bool minus;

	*exponent = 0;
	while (power.length > 0 && *power.at != 'e' && *power.at != 'E') {
		power.at++;
		power.length--;
	}
	if (power.length == 0)
		return true;
	number->length -= power.length;
	power.at++;
	power.length--;
	minus = power.length > 0 && *power.at == '-';
	if (minus || (power.length > 0 && *power.at == '+')) {
		power.at++;
		power.length--;
	}
	if (slice_u64(power, 400, &value) != 0)
		return false;
	*exponent = minus ? -(int)value : (int)value;
	return true;
}

/* The digit at `place` of a number with one point at most; 0 behind its end,
 * above 9 when it is no digit. */
static unsigned
digit_at(struct slice number, size_t whole, size_t place)
{
	const size_t at = place < whole ? place : place + 1;

	return at < number.length ? (unsigned)number.at[at] - '0' : 0;
}

/* A decimal as millionths, further digits cut; JSON also writes 9.3e-06. */
static bool
decimal(struct slice number, int64_t *micro)
{
	const char *point;
	size_t whole, count;
	int exponent;

	if (!exponent_split(&number, &exponent))
		return false;
	point = memchr(number.at, '.', number.length);
	whole = point ? (size_t)(point - number.at) : number.length;
	count = point ? number.length - 1 : number.length;
	if (whole == 0 || (point && whole + 1 == number.length))
		return false;
	for (size_t i = 0; i < count; i++)
		if (digit_at(number, whole, i) > 9)
			return false;
	*micro = 0;
	for (int i = 0; i < (int)whole + exponent + 6; i++)
		if (__builtin_mul_overflow(*micro, 10, micro) ||
		    __builtin_add_overflow(*micro,
					   (int64_t)digit_at(number, whole,
							     (size_t)i),
					   micro))
			return false;
	return true;
}

static bool
moment(struct slice cell, int64_t *us)
{
	if (!cell.at)
		return false;
	if (times_parse(cell, us) == 0)
		return true;
	if (!decimal(cell, us))
		return false;
	/* No second is that late: milliseconds. */
	if (*us > TIMES_LATEST_US)
		*us /= 1000;
	return *us <= TIMES_LATEST_US;
}

static enum text_reason
row_times(struct row *row)
{
	int64_t duration_us = 0;

	if (!moment(row->cells[COLUMN_TS], &row->start_us))
		return TEXT_TIME;
	if (row->cells[COLUMN_DURATION].at &&
	    (!decimal(row->cells[COLUMN_DURATION], &duration_us) ||
	     duration_us > DURATION_US_MAX))
		return TEXT_TIME;
	row->end_us = row->start_us + duration_us;
	return row->end_us > TIMES_LATEST_US ? TEXT_TIME : TEXT_GOOD;
}

static enum text_reason
row_proto(struct row *row)
{
	const struct slice name = row->cells[COLUMN_PROTO];
	uint64_t number;

	if (slice_equal(name, "tcp"))
		row->proto = PROTO_TCP;
	else if (slice_equal(name, "udp"))
		row->proto = PROTO_UDP;
	else if (slice_equal(name, "icmp"))
		row->proto = addr_is_v4(&row->sides[0].addr) ? PROTO_ICMP
							     : PROTO_ICMP6;
	else if (slice_u64(row->cells[COLUMN_IP_PROTO], UINT8_MAX, &number))
		return TEXT_PROTO;
	else
		row->proto = (uint8_t)number;
	return TEXT_GOOD;
}

/* What Zeek takes for the other half of an exchange; -1: it goes one way, and
 * the responder's port is the code. */
static int
icmp_counterpart(uint8_t proto, uint8_t type)
{
	static const uint8_t pairs[][3] = {
	    {PROTO_ICMP, 8, 0},      {PROTO_ICMP, 10, 9},
	    {PROTO_ICMP, 13, 14},    {PROTO_ICMP, 15, 16},
	    {PROTO_ICMP, 17, 18},    {PROTO_ICMP6, 128, 129},
	    {PROTO_ICMP6, 130, 131}, {PROTO_ICMP6, 133, 134},
	    {PROTO_ICMP6, 135, 136}, {PROTO_ICMP6, 139, 140},
	    {PROTO_ICMP6, 144, 145},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i][0] != proto)
			continue;
		if (pairs[i][1] == type)
			return pairs[i][2];
		if (pairs[i][2] == type)
			return pairs[i][1];
	}
	return -1;
}

static enum text_reason
row_ports(struct row *row)
{
	uint64_t ports[SIDES];
	int other;

	for (int i = 0; i < SIDES; i++)
		if (slice_u64(row->cells[COLUMN_PORT + i], UINT16_MAX,
			      &ports[i]))
			return TEXT_PORT;
	if (row->proto != PROTO_ICMP && row->proto != PROTO_ICMP6) {
		row->sides[0].port = (uint16_t)ports[0];
		row->sides[1].port = (uint16_t)ports[1];
		return TEXT_GOOD;
	}
	if (ports[0] > UINT8_MAX || ports[1] > UINT8_MAX)
		return TEXT_PORT;
	other = icmp_counterpart(row->proto, (uint8_t)ports[0]);
	row->icmp_type[0] = (uint8_t)ports[0];
	row->icmp_known[0] = true;
	row->icmp_known[1] = other >= 0;
	row->icmp_type[1] = other >= 0 ? (uint8_t)other : 0;
	row->icmp_code = other >= 0 ? 0 : (uint8_t)ports[1];
	return TEXT_GOOD;
}

static bool
side_counts(struct row *row, int i)
{
	const struct slice ip = row->cells[COLUMN_IP_BYTES + i];
	const struct slice payload = row->cells[COLUMN_BYTES + i];
	const struct slice packets = row->cells[COLUMN_PACKETS + i];
	struct side *side = &row->sides[i];

	side->ip_bytes = ip.at != NULL;
	side->counted = packets.at != NULL;
	if (ip.at || payload.at)
		if (slice_u64(ip.at ? ip : payload, TEXT_COUNT_MAX,
			      &side->bytes))
			return false;
	return !packets.at ||
	       slice_u64(packets, TEXT_COUNT_MAX, &side->packets) == 0;
}

static uint64_t
header_bytes(const struct row *row)
{
	const uint64_t ip = addr_is_v4(&row->sides[0].addr) ? 20 : 40;

	return ip + (row->proto == PROTO_TCP                         ? 20
		     : row->proto == PROTO_UDP || row->icmp_known[0] ? 8
								     : 0);
}

/* The least and the most packets that a side can have sent. */
static void
side_bounds(struct row *row, int i)
{
	struct side *side = &row->sides[i];
	const struct side *other = &row->sides[1 - i];
	const uint64_t least = (side->bytes + FRAME_PAYLOAD_MAX - 1) /
			       FRAME_PAYLOAD_MAX;

	if (side->counted) {
		side->low = side->high = side->packets;
		return;
	}
	side->low = least;
	if (row->history.letters[i] && side->low == 0)
		side->low = 1;
	if (side->ip_bytes)
		side->high = side->bytes / header_bytes(row);
	else if (row->proto == PROTO_TCP && side->low > 0) /* SYN, FIN, RST */
		side->high = side->bytes + other->bytes + other->packets + 3;
	else
		side->high = side->bytes;
	if (side->high < side->low)
		side->high = side->low;
	side->packets = side->low;
}

static enum text_reason
row_counts(struct row *row)
{
	if (!side_counts(row, 0) || !side_counts(row, 1))
		return TEXT_COUNT;
	side_bounds(row, 0);
	side_bounds(row, 1);
	return row->sides[0].packets + row->sides[1].packets > 0 ? TEXT_GOOD
								 : TEXT_EMPTY;
}

static enum text_reason
row_parse(struct row *row)
{
	enum text_reason reason;

	for (int i = 0; i < SIDES; i++)
		if (addr_parse(row->cells[COLUMN_HOST + i],
			       &row->sides[i].addr))
			return TEXT_ADDRESS;
	reason = row_proto(row);
	if (!reason)
		reason = row_times(row);
	if (!reason)
		reason = row_ports(row);
	zeek_history_parse(row->cells[COLUMN_HISTORY], row->cells[COLUMN_STATE],
			   &row->history);
	return reason ? reason : row_counts(row);
}

static void
tcp_marks(const struct row *row, int i, struct flow_record *record)
{
	const uint64_t packets[SIDES] = {row->sides[0].packets,
					 row->sides[1].packets};

	if (zeek_history_flags_known(&row->history, i, packets)) {
		record->tcp_flags = row->history.flags[i];
		record->marks |= FLOW_FLAGS_KNOWN;
	}
	if (zeek_history_flags_known(&row->history, 1 - i, packets)) {
		record->peer_flags = row->history.flags[1 - i];
		record->marks |= FLOW_PEER_KNOWN;
	}
	if (row->history.began[i])
		record->marks |= FLOW_INITIATOR;
	if (row->history.began[1 - i])
		record->marks |= FLOW_RESPONDER;
}

static void
fill(const struct row *row, int i, struct flow_record *record)
{
	const struct side *from = &row->sides[i], *to = &row->sides[1 - i];

	record->src = from->addr;
	record->dst = to->addr;
	record->sport = from->port;
	record->dport = to->port;
	record->start.us = row->start_us;
	record->end.us = row->end_us;
	record->exported.us = row->end_us;
	record->packets = from->packets;
	record->packets_low = from->low;
	record->packets_high = from->high;
	record->bytes = from->bytes;
	record->proto = row->proto;
	record->entered = ENTERED_UNKNOWN;
	record->direction = FLOW_DIRECTION_UNKNOWN;
	record->sampling_from = SAMPLING_UNKNOWN;
	record->marks = FLOW_TEXT;
	if (row->proto == PROTO_TCP)
		tcp_marks(row, i, record);
	if (row->icmp_known[i]) {
		record->icmp_type = row->icmp_type[i];
		record->icmp_code = row->icmp_code;
		record->marks |= FLOW_ICMP_KNOWN;
	}
}

static void
take_row(struct zeek *zeek, struct row *row)
{
	const enum text_reason reason = row_parse(row);

	if (reason) {
		text_rows_refuse(&zeek->rows, reason);
		return;
	}
	zeek->rows.stats.rows++;
	for (int i = 0; i < SIDES; i++)
		if (row->sides[i].packets > 0)
			fill(row, i, text_rows_put(&zeek->rows));
}

static int
take_line(void *reader, struct slice line)
{
	struct zeek *zeek = reader;
	const struct slice trimmed = slice_trim(line);
	enum text_reason reason = TEXT_GOOD;
	struct row row = {0};
	bool good = true;

	if (trimmed.at[0] == '#')
		return take_header(zeek, trimmed);
	if (trimmed.at[0] == '{') {
		cells_of_json(line, row.cells, &good);
		if (good && !is_conn(row.cells))
			reason = TEXT_OTHER;
		zeek->begun = zeek->begun || (good && !reason);
	} else if (zeek->count == 0 && !zeek->begun) {
		return LZ_E_FORMAT;
	} else if (zeek->other || zeek->count == 0) {
		reason = TEXT_OTHER;
	} else {
		good = cells_of_tsv(zeek, line, row.cells);
	}
	if (!good)
		reason = TEXT_COLUMNS;
	if (reason)
		text_rows_refuse(&zeek->rows, reason);
	else
		take_row(zeek, &row);
	return 0;
}

int
zeek_feed(struct zeek *zeek, const char *bytes, size_t length, flow_sink *sink,
	  void *context)
{
	return text_rows_feed(&zeek->rows, (struct slice){bytes, length},
			      take_line, zeek, sink, context);
}

int
zeek_end(struct zeek *zeek, flow_sink *sink, void *context)
{
	const int error = text_rows_end(&zeek->rows, take_line, zeek, sink,
					context);

	return !error && !zeek->begun ? LZ_E_FORMAT : error;
}
