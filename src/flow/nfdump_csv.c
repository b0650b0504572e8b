/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfdump's CSV to flow records.  The names of protocols and what -B does to
 * flags (they stay those of the first direction) were read off nfdump 1.7.1
 * by having it print all 256.
 */
#include "flow/nfdump_csv.h"

#include <string.h>

#include "base/memory.h"
#include "base/times.h"

#define COLUMNS_MAX 128
#define DURATION_US_MAX (INT64_C(366) * TIMES_DAY_US)
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_ICMP6 58

enum column {
	COLUMN_TS,
	COLUMN_TE,
	COLUMN_TD,
	COLUMN_SA,
	COLUMN_DA,
	COLUMN_SP,
	COLUMN_DP,
	COLUMN_PR,
	COLUMN_FLG,
	COLUMN_IPKT,
	COLUMN_IBYT,
	COLUMN_OPKT,
	COLUMN_OBYT,
	COLUMN_IN,
	COLUMN_OUT,
	COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {
    "ts",  "te",   "td",   "sa",   "da",   "sp", "dp",  "pr",
    "flg", "ipkt", "ibyt", "opkt", "obyt", "in", "out",
};

/* By number. IDPR stands for 35 and 38: the first is taken. */
static const char *const proto_names[] = {
    "0",     "ICMP",  "IGMP",  "GGP",   "IPIP",  "ST",    "TCP",   "CBT",
    "EGP",   "IGP",   "BBN",   "NVPII", "PUP",   "ARGUS", "ENCOM", "XNET",
    "CHAOS", "UDP",   "MUX",   "DCN",   "HMP",   "PRM",   "XNS",   "Trnk1",
    "Trnk2", "Leaf1", "Leaf2", "RDP",   "IRTP",  "ISO-4", "NETBK", "MFESP",
    "MEINP", "DCCP",  "3PC",   "IDPR",  "XTP",   "DDP",   "IDPR",  "TP++",
    "IL",    "IPv6",  "SDRP",  "Rte6",  "Frag6", "IDRP",  "RSVP",  "GRE",
    "MHRP",  "BNA",   "ESP",   "AH",    "INLSP", "SWIPE", "NARP",  "MOBIL",
    "TLSP",  "SKIP",  "ICMP6", "NOHE6", "OPTS6", "HOST",  "CFTP",  "NET",
    "SATNT", "KLAN",  "RVD",   "IPPC",  "FS",    "SATM",  "VISA",  "IPCV",
    "CPNX",  "CPHB",  "WSN",   "PVP",   "BSATM", "SUNND", "WBMON", "WBEXP",
    "ISOIP", "VMTP",  "SVMTP", "VINES", "TTP",   "NSIGP", "DGP",   "TCF",
    "EIGRP", "OSPF",  "S-RPC", "LARP",  "MTP",   "AX.25", "OS",    "MICP",
    "SCCSP", "ETHIP", "ENCAP", "99",    "GMTP",  "IFMP",  "PNNI",  "PIM",
    "ARIS",  "SCPS",  "QNX",   "A/N",   "IPcmp", "SNP",   "CpqPP", "IPXIP",
    "VRRP",  "PGM",   "0hop",  "L2TP",  "DDX",   "IATP",  "STP",   "SRP",
    "UTI",   "SMP",   "SM",    "PTP",   "ISIS4", "FIRE",  "CRTP",  "CRUDP",
    "128",   "IPLT",  "SPS",   "PIPE",  "SCTP",  "FC",    "134",   "MHEAD",
    "UDP-L", "MPLS",
};
#define PROTO_NAMES (sizeof(proto_names) / sizeof(proto_names[0]))

struct header {
	size_t count; /* of columns; 0 until a header was read */
	int at[COLUMN_COUNT];
};

struct nfdump_csv {
	int64_t zone_us;
	struct header header;
	bool in_summary; /* until a header comes again */
	struct text_rows rows;
};

struct row {
	struct slice cells[COLUMN_COUNT];
	struct addr src, dst;
	int64_t start_us, end_us;
	uint64_t packets, bytes, back_packets, back_bytes;
	uint32_t in_if, out_if;
	uint16_t sport, dport;
	uint8_t proto, icmp_type, icmp_code, flags;
	bool flags_known, icmp_known;
};

struct nfdump_csv *
nfdump_csv_new(int32_t zone_offset_s)
{
	struct nfdump_csv *csv = memory_new(1, sizeof(*csv));

	if (csv)
		csv->zone_us = zone_offset_s * TIMES_SECOND_US;
	return csv;
}

void
nfdump_csv_free(struct nfdump_csv *csv)
{
	memory_free(csv);
}

void
nfdump_csv_stats(const struct nfdump_csv *csv, struct text_stats *stats)
{
	*stats = csv->rows.stats;
}

/* Reads a header line; false when it doesn't name what a flow needs. */
static bool
header_parse(struct slice line, struct header *header)
{
	static const enum column needed[] = {COLUMN_TS,   COLUMN_SA,  COLUMN_DA,
					     COLUMN_SP,   COLUMN_DP,  COLUMN_PR,
					     COLUMN_IPKT, COLUMN_IBYT};
	struct slice rest = line;

	header->count = 0;
	for (int i = 0; i < COLUMN_COUNT; i++)
		header->at[i] = -1;
	while (rest.at && header->count < COLUMNS_MAX) {
		const struct slice cell = slice_trim(slice_split(&rest, ','));

		for (int i = 0; i < COLUMN_COUNT; i++)
			if (slice_equal(cell, column_names[i]))
				header->at[i] = (int)header->count;
		header->count++;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (header->at[needed[i]] < 0)
			return false;
	return !rest.at &&
	       (header->at[COLUMN_TD] >= 0 || header->at[COLUMN_TE] >= 0);
}

bool
nfdump_csv_recognise(const char *bytes, size_t length)
{
	struct header header;

	return header_parse(text_first_line(bytes, length), &header);
}

/* "2026-01-05 10:00:59", with a fraction or without, local. */
static bool
time_parse(struct slice cell, int64_t zone_us, int64_t *us)
{
	char zoned[40];
	struct text text;

	if (times_parse(cell, us) == 0) /* some print a zone */
		return true;
	text_init(&text, zoned, sizeof(zoned));
	text_slice(&text, cell);
	text_char(&text, 'Z');
	if (text.full ||
	    times_parse((struct slice){zoned, text.length}, us) != 0)
		return false;
	*us -= zone_us;
	return true;
}

/*
 * ts and te are cut to the second and td isn't: the record began at the
 * latest of ts and te - td.  Where td doesn't fit between them (the clock was
 * changed for summer) it is believed.
 */
static enum text_reason
row_times(struct row *row, int64_t zone_us)
{
	int64_t end_us = 0, duration_us = 0;
	const bool has_te = row->cells[COLUMN_TE].at != NULL;
	const bool has_td = row->cells[COLUMN_TD].at != NULL;

	if (!time_parse(row->cells[COLUMN_TS], zone_us, &row->start_us) ||
	    (has_te && !time_parse(row->cells[COLUMN_TE], zone_us, &end_us)))
		return TEXT_TIME;
	if (has_td && (slice_micro(row->cells[COLUMN_TD], &duration_us) != 0 ||
		       duration_us > DURATION_US_MAX))
		return TEXT_TIME;
	if (!has_td) {
		row->end_us = end_us;
	} else {
		const int64_t later_us =
		    has_te ? end_us - duration_us - row->start_us : 0;

		if (later_us > 0 && later_us < TIMES_SECOND_US)
			row->start_us += later_us;
		row->end_us = row->start_us + duration_us;
	}
	return row->end_us < row->start_us || row->end_us > TIMES_LATEST_US
		   ? TEXT_TIME
		   : TEXT_GOOD;
}

static bool
proto_parse(struct slice name, uint8_t *proto)
{
	uint64_t number;

	for (size_t i = 0; i < PROTO_NAMES; i++) {
		if (slice_equal_folded(name, proto_names[i])) {
			*proto = (uint8_t)i;
			return true;
		}
	}
	if (slice_u64(name, UINT8_MAX, &number) != 0)
		return false;
	*proto = (uint8_t)number;
	return true;
}

/* Absent is none. */
static bool
count_parse(struct slice cell, uint64_t max, uint64_t *value)
{
	*value = 0;
	return !cell.at || slice_u64(cell, max, value) == 0;
}

static bool
row_icmp(struct row *row)
{
	struct slice code = row->cells[COLUMN_DP];
	const struct slice type = slice_split(&code, '.');
	uint64_t number, second;

	if (!code.at) {
		if (slice_u64(type, UINT16_MAX, &number) != 0)
			return false;
		row->icmp_type = (uint8_t)(number >> 8);
		row->icmp_code = (uint8_t)(number & 0xff);
	} else {
		if (slice_u64(type, UINT8_MAX, &number) != 0 ||
		    slice_u64(code, UINT8_MAX, &second) != 0)
			return false;
		row->icmp_type = (uint8_t)number;
		row->icmp_code = (uint8_t)second;
	}
	row->icmp_known = true;
	return true;
}

static enum text_reason
row_ports(struct row *row)
{
	uint64_t sport, dport;

	if (row->proto == PROTO_ICMP || row->proto == PROTO_ICMP6)
		return row_icmp(row) ? TEXT_GOOD : TEXT_PORT;
	if (slice_u64(row->cells[COLUMN_SP], UINT16_MAX, &sport) != 0 ||
	    slice_u64(row->cells[COLUMN_DP], UINT16_MAX, &dport) != 0)
		return TEXT_PORT;
	row->sport = (uint16_t)sport;
	row->dport = (uint16_t)dport;
	return TEXT_GOOD;
}

static enum text_reason
row_counts(struct row *row)
{
	uint64_t in_if, out_if;

	if (slice_u64(row->cells[COLUMN_IPKT], TEXT_COUNT_MAX, &row->packets) ||
	    slice_u64(row->cells[COLUMN_IBYT], TEXT_COUNT_MAX, &row->bytes) ||
	    !count_parse(row->cells[COLUMN_OPKT], TEXT_COUNT_MAX,
			 &row->back_packets) ||
	    !count_parse(row->cells[COLUMN_OBYT], TEXT_COUNT_MAX,
			 &row->back_bytes) ||
	    !count_parse(row->cells[COLUMN_IN], UINT32_MAX, &in_if) ||
	    !count_parse(row->cells[COLUMN_OUT], UINT32_MAX, &out_if))
		return TEXT_COUNT;
	row->in_if = (uint32_t)in_if;
	row->out_if = (uint32_t)out_if;
	return row->packets + row->back_packets > 0 ? TEXT_GOOD : TEXT_EMPTY;
}

/* "...AP.SF", a letter or a dot for each of CEUAPRSF; anything else, such as
 * the number of older versions, says nothing. */
static void
row_flags(struct row *row)
{
	static const char letters[] = "FSRPAUEC"; /* bit 0 first */
	const struct slice cell = row->cells[COLUMN_FLG];

	if (row->proto != PROTO_TCP || cell.length == 0 || cell.length > 8)
		return;
	for (size_t i = 0; i < cell.length; i++) {
		const size_t bit = cell.length - 1 - i;

		if (cell.at[i] == letters[bit])
			row->flags |= (uint8_t)(1u << bit);
		else if (cell.at[i] != '.')
			return;
	}
	row->flags_known = true;
}

static enum text_reason
row_parse(const struct nfdump_csv *csv, struct row *row)
{
	enum text_reason reason;

	if (addr_parse(row->cells[COLUMN_SA], &row->src) != 0 ||
	    addr_parse(row->cells[COLUMN_DA], &row->dst) != 0 ||
	    addr_is_unspecified(&row->src) || addr_is_unspecified(&row->dst))
		return TEXT_ADDRESS;
	if (!proto_parse(row->cells[COLUMN_PR], &row->proto))
		return TEXT_PROTO;
	reason = row_times(row, csv->zone_us);
	if (!reason)
		reason = row_ports(row);
	if (!reason)
		reason = row_counts(row);
	row_flags(row);
	return reason;
}

static void
fill(const struct row *row, bool back, struct flow_record *record)
{
	record->src = back ? row->dst : row->src;
	record->dst = back ? row->src : row->dst;
	record->sport = back ? row->dport : row->sport;
	record->dport = back ? row->sport : row->dport;
	record->in_if = back ? row->out_if : row->in_if;
	record->out_if = back ? row->in_if : row->out_if;
	record->start.us = row->start_us;
	record->end.us = row->end_us;
	record->exported.us = row->end_us;
	record->packets = back ? row->back_packets : row->packets;
	record->bytes = back ? row->back_bytes : row->bytes;
	record->packets_low = record->packets_high = record->packets;
	record->proto = row->proto;
	record->entered = ENTERED_UNKNOWN;
	record->direction = FLOW_DIRECTION_UNKNOWN;
	record->sampling_from = SAMPLING_UNKNOWN;
	record->marks = FLOW_TEXT;
	if (row->flags_known && !back) {
		record->tcp_flags = row->flags;
		record->marks |= FLOW_FLAGS_KNOWN;
	} else if (row->flags_known) {
		record->peer_flags = row->flags;
		record->marks |= FLOW_PEER_KNOWN;
	}
	if (row->icmp_known && !back) {
		record->icmp_type = row->icmp_type;
		record->icmp_code = row->icmp_code;
		record->marks |= FLOW_ICMP_KNOWN;
	}
}

/* Cuts the line into the columns of the header; false: not as many. */
static bool
row_cut(const struct header *header, struct slice line, struct row *row)
{
	struct slice cells[COLUMNS_MAX];
	struct slice rest = line;
	size_t count = 0;

	while (rest.at && count < header->count)
		cells[count++] = slice_trim(slice_split(&rest, ','));
	if (count < header->count || rest.at)
		return false;
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (header->at[i] >= 0)
			row->cells[i] = cells[header->at[i]];
	return true;
}

static void
take_row(struct nfdump_csv *csv, struct slice line)
{
	struct row row = {0};
	const enum text_reason reason = row_cut(&csv->header, line, &row)
					    ? row_parse(csv, &row)
					    : TEXT_COLUMNS;

	if (reason) {
		text_rows_refuse(&csv->rows, reason);
		return;
	}
	csv->rows.stats.rows++;
	if (row.packets > 0)
		fill(&row, false, text_rows_put(&csv->rows));
	if (row.back_packets > 0)
		fill(&row, true, text_rows_put(&csv->rows));
}

static int
take_line(void *reader, struct slice line)
{
	struct nfdump_csv *csv = reader;
	const bool begins = line.length > 3 && memcmp(line.at, "ts,", 3) == 0;
	struct header header;

	if (csv->header.count == 0 || begins) {
		if (header_parse(line, &header)) {
			csv->header = header;
			csv->in_summary = false;
			return 0;
		}
		if (csv->header.count == 0)
			return LZ_E_FORMAT;
	}
	if (slice_equal(slice_trim(line), "Summary"))
		csv->in_summary = true;
	else if (!csv->in_summary &&
		 !slice_equal(slice_trim(line), "No matching flows"))
		take_row(csv, line);
	return 0;
}

int
nfdump_csv_feed(struct nfdump_csv *csv, const char *bytes, size_t length,
		flow_sink *sink, void *context)
{
	return text_rows_feed(&csv->rows, (struct slice){bytes, length},
			      take_line, csv, sink, context);
}

int
nfdump_csv_end(struct nfdump_csv *csv, flow_sink *sink, void *context)
{
	const int error = text_rows_end(&csv->rows, take_line, csv, sink,
					context);

	return !error && csv->header.count == 0 ? LZ_E_FORMAT : error;
}
