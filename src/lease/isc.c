/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First the extent of one top-level item is found, then its tokens are read.
 * dhcpd indents what stands inside a block, so a line that begins with "lease"
 * ends whatever came before: a block that a crash cut off costs itself only.
 */
#include "lease/isc.h"

#include <string.h>

#include "net/addr.h"

#define ADDR_BITS 128
#define STRING_SIZE LEASE_LINE_BYTES_MAX
/* dhcpd counts whole seconds. */
#define ISC_ERROR_US TIMES_SECOND_US

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK };

struct token {
	enum token_kind kind;
	struct slice raw; /* a string without its quotes; a mark: one byte */
};

enum isc_state {
	STATE_NONE,
	STATE_ACTIVE,
	STATE_OVER,
	STATE_DECLINED,
	STATE_PEERS,
	STATE_UNKNOWN
};

static const struct {
	const char *name;
	enum isc_state state;
} state_names[] = {
    {"active", STATE_ACTIVE}, {"free", STATE_OVER},
    {"expired", STATE_OVER},  {"released", STATE_OVER},
    {"reset", STATE_OVER},    {"abandoned", STATE_DECLINED},
    {"backup", STATE_PEERS},
};

struct block {
	struct subject subject;
	struct at_event starts, ends, cltt;
	enum isc_state state;
	struct lease_line line;
	const char *reason; /* the first thing that was wrong */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_mark(char c)
{
	return c == '{' || c == '}' || c == ';';
}

/* Bytes of a string from its opening quote on; a line's end closes it too. */
static size_t
string_length(struct slice rest)
{
	size_t i = 1;

	while (i < rest.length && rest.at[i] != '\n') {
		if (rest.at[i] == '"')
			return i + 1;
		i += rest.at[i] == '\\' && i + 1 < rest.length &&
			     rest.at[i + 1] != '\n'
			 ? 2
			 : 1;
	}
	return i;
}

static size_t
line_length(struct slice rest)
{
	const char *end = memchr(rest.at, '\n', rest.length);

	return end ? (size_t)(end - rest.at) : rest.length;
}

/* Bytes of the token, comment or blank that stands here. */
static size_t
piece_length(struct slice rest)
{
	size_t i = 0;

	if (is_mark(rest.at[0]) || is_blank(rest.at[0]))
		return 1;
	if (rest.at[0] == '#')
		return line_length(rest);
	if (rest.at[0] == '"')
		return string_length(rest);
	while (i < rest.length && !is_blank(rest.at[i]) &&
	       !is_mark(rest.at[i]) && rest.at[i] != '"' && rest.at[i] != '#')
		i++;
	return i;
}

static struct token
next_token(struct slice *rest)
{
	while (rest->length > 0) {
		size_t length = piece_length(*rest);
		struct token token = {TOKEN_WORD, {rest->at, length}};

		rest->at += length;
		rest->length -= length;
		if (is_blank(token.raw.at[0]) || token.raw.at[0] == '#')
			continue;
		if (is_mark(token.raw.at[0]))
			token.kind = TOKEN_MARK;
		if (token.raw.at[0] == '"') {
			token.kind = TOKEN_STRING;
			token.raw.at++;
			token.raw.length -=
			    length > 1 && token.raw.at[length - 2] == '"' ? 2
									  : 1;
		}
		return token;
	}
	return (struct token){TOKEN_END, {"", 0}};
}

static bool
begins_block(struct slice rest)
{
	return rest.length >= 6 && memcmp(rest.at, "lease ", 6) == 0;
}

/*
 * The extent of the item at the start: up to its ';' or '}'; *torn: another one
 * begins before that.  0: its end isn't there.
 */
static size_t
item_length(struct slice bytes, bool *torn)
{
	unsigned depth = 0;
	bool begun = false;
	size_t at = 0;

	*torn = false;
	while (at < bytes.length) {
		struct slice rest = {bytes.at + at, bytes.length - at};

		if (begun && rest.at[-1] == '\n') {
			/* Six bytes tell; fewer don't yet. */
			if (rest.length < 6 &&
			    memcmp(rest.at, "lease ", rest.length) == 0)
				return 0;
			if (begins_block(rest)) {
				*torn = true;
				return at;
			}
		}
		at += piece_length(rest);
		if (is_blank(rest.at[0]) || rest.at[0] == '#')
			continue;
		begun = true;
		if (rest.at[0] == '{')
			depth++;
		if ((rest.at[0] == '}' && depth > 0 && --depth == 0) ||
		    (rest.at[0] == ';' && depth == 0) ||
		    (rest.at[0] == '}' && depth == 0))
			return at;
	}
	return 0;
}

/* What a string's escapes stand for; LZ_E_RANGE when it's longer than `size`. */
static int
unescape(struct slice raw, uint8_t *bytes, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < raw.length; length++) {
		unsigned value = (unsigned char)raw.at[i++];

		if (length == size)
			return LZ_E_RANGE;
		if (value == '\\' && i < raw.length) {
			size_t digits = 0;

			value = 0;
			while (digits < 3 && i < raw.length &&
			       raw.at[i] >= '0' && raw.at[i] <= '7') {
				value = value * 8 + (unsigned)(raw.at[i] - '0');
				digits++;
				i++;
			}
			if (digits == 0)
				value = (unsigned char)raw.at[i++];
			if (value > UINT8_MAX)
				return LZ_E_FORMAT;
		}
		bytes[length] = (uint8_t)value;
	}
	return (int)length;
}

/* A string, or octets with colons. */
static int
read_bytes(const struct token *token, uint8_t *bytes)
{
	if (token->kind == TOKEN_STRING)
		return unescape(token->raw, bytes, STRING_SIZE);
	if (token->kind == TOKEN_WORD)
		return lease_octets(token->raw, bytes, STRING_SIZE);
	return LZ_E_FORMAT;
}

static bool
read_number(struct slice *rest, char mark, uint32_t max, uint32_t *value)
{
	uint64_t number;

	if (slice_u64(slice_split(rest, mark), max, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

/* "4 2024/06/20 08:00:00", "epoch 1718870400" or "never". */
static bool
read_time(struct slice *rest, struct at_event *time)
{
	struct token first = next_token(rest), date, clock;
	struct times_date when = {.us = 0};
	uint64_t number;
	uint32_t year;

	if (slice_equal(first.raw, "never")) {
		time->us = INT64_MAX;
		return true;
	}
	date = next_token(rest);
	if (slice_equal(first.raw, "epoch")) {
		if (slice_u64(date.raw,
			      (uint64_t)(TIMES_LATEST_US / TIMES_SECOND_US),
			      &number))
			return false;
		time->us = (int64_t)number * TIMES_SECOND_US;
		return time->us >= TIMES_EARLIEST_US;
	}
	clock = next_token(rest);
	if (slice_u64(first.raw, 6, &number) ||
	    !read_number(&date.raw, '/', 9999, &year) ||
	    !read_number(&date.raw, '/', 12, &when.month) ||
	    !read_number(&date.raw, '/', 31, &when.day) ||
	    !read_number(&clock.raw, ':', 23, &when.hour) ||
	    !read_number(&clock.raw, ':', 59, &when.minute) ||
	    !read_number(&clock.raw, ':', 59, &when.second) || date.raw.at ||
	    clock.raw.at)
		return false;
	when.year = (int32_t)year;
	/* A wrong weekday is another date than the one that was meant. */
	return times_from_date(&when, &time->us) == 0 &&
	       time->us >= TIMES_EARLIEST_US && time->us <= TIMES_LATEST_US &&
	       times_date_of(time->us).weekday == number;
}

static enum isc_state
state_of(struct slice name)
{
	for (size_t i = 0; i < sizeof(state_names) / sizeof(*state_names); i++)
		if (slice_equal(name, state_names[i].name))
			return state_names[i].state;
	return STATE_UNKNOWN;
}

static void
fault(struct block *block, bool good, const char *reason)
{
	if (!good && !block->reason)
		block->reason = reason;
}

static void
read_option(struct block *block, struct slice *rest)
{
	struct token name = next_token(rest), value = next_token(rest);
	struct lease_line *line = &block->line;
	int length;

	if (slice_equal(name.raw, "agent.circuit-id")) {
		length = read_bytes(&value, line->circuit);
		fault(block, length >= 0, "isc client");
		line->circuit_length = length > 0 ? (size_t)length : 0;
	} else if (slice_equal(name.raw, "agent.remote-id")) {
		length = read_bytes(&value, line->remote);
		fault(block, length >= 0, "isc client");
		line->remote_length = length > 0 ? (size_t)length : 0;
	}
}

/* One statement of a lease, its first word read already. */
static void
read_statement(struct block *block, struct slice word, struct slice *rest)
{
	struct lease_line *line = &block->line;
	struct token token;
	int length;

	if (slice_equal(word, "starts")) {
		fault(block, read_time(rest, &block->starts), "isc time");
	} else if (slice_equal(word, "ends")) {
		fault(block, read_time(rest, &block->ends), "isc time");
	} else if (slice_equal(word, "cltt")) {
		fault(block, read_time(rest, &block->cltt), "isc time");
	} else if (slice_equal(word, "binding")) {
		(void)next_token(rest);
		block->state = state_of(next_token(rest).raw);
		fault(block, block->state != STATE_UNKNOWN, "isc state");
	} else if (slice_equal(word, "abandoned")) {
		block->state = STATE_DECLINED;
	} else if (slice_equal(word, "hardware")) {
		(void)next_token(rest);
		length = lease_octets(next_token(rest).raw, line->hardware,
				      sizeof(line->hardware));
		fault(block, length >= 0, "isc client");
		line->hardware_length = length > 0 ? (size_t)length : 0;
	} else if (slice_equal(word, "uid")) {
		token = next_token(rest);
		length = read_bytes(&token, line->client);
		fault(block, length >= 0, "isc client");
		line->client_length = length > 0 ? (size_t)length : 0;
	} else if (slice_equal(word, "option")) {
		read_option(block, rest);
	}
}

/* To behind the statement: its ';', or the '}' of what it holds. */
static void
end_statement(struct slice *rest)
{
	unsigned depth = 0;

	while (rest->length > 0) {
		struct slice before = *rest;
		struct token token = next_token(rest);

		if (token.kind != TOKEN_MARK)
			continue;
		if (token.raw.at[0] == ';' && depth == 0)
			return;
		if (token.raw.at[0] == '{')
			depth++;
		if (token.raw.at[0] != '}')
			continue;
		if (depth == 0) {
			*rest = before; /* the block's own end */
			return;
		}
		if (--depth == 0)
			return;
	}
}

static void
read_block(struct block *block, struct slice rest)
{
	struct addr addr;

	*block = (struct block){.starts = times_unset(),
				.ends = times_unset(),
				.cltt = times_unset()};
	if (addr_parse(next_token(&rest).raw, &addr) || !addr_is_v4(&addr) ||
	    addr_is_unspecified(&addr)) {
		block->reason = "isc address";
		return;
	}
	block->subject.prefix = (struct prefix){addr, ADDR_BITS};
	if (!slice_equal(next_token(&rest).raw, "{")) {
		block->reason = "isc syntax";
		return;
	}
	for (;;) {
		struct token token = next_token(&rest);

		if (token.kind == TOKEN_END || slice_equal(token.raw, "}"))
			break;
		if (token.kind == TOKEN_WORD) {
			read_statement(block, token.raw, &rest);
			end_statement(&rest);
		}
	}
	if (!block->reason && block->state == STATE_NONE)
		block->reason = "isc state";
	if (!block->reason && block->state != STATE_PEERS &&
	    (!times_is_set(block->starts) || !times_is_set(block->ends) ||
	     block->ends.us < block->starts.us))
		block->reason = "isc time";
}

static void
set_times(const struct isc *isc, const struct block *block,
	  struct lease_event *event)
{
	event->start = block->starts;
	event->end = block->ends;
	event->sure = times_unset();
	if (block->state == STATE_DECLINED) {
		event->start = block->ends;
		event->at = event->start;
		event->end.us = INT64_MAX;
		return;
	}
	event->at = block->state == STATE_OVER ? block->ends
		    : block->cltt.us > block->starts.us &&
			    block->cltt.us < block->ends.us
			? block->cltt
			: block->starts;
	if (isc->grace_us > 0 && block->ends.us != INT64_MAX) {
		event->marks = LEASE_END_INFERRED;
		event->sure = event->end;
		event->end.us += isc->grace_us;
	}
}

/* false: a block that can't be read and can't even keep its place. */
static bool
say(const struct isc *isc, const struct lease_chunk *chunk,
    const struct block *block, uint64_t offset,
    const struct lease_output *output)
{
	bool anonymous =
	    block->line.hardware_length + block->line.client_length == 0;
	struct lease_event event = {
	    .kind = LEASE_WHOLE,
	    .subject_count = 1,
	    .subjects = {{block->subject, LEASE_SLOT_ADDRESS}},
	    .realm = isc->realm,
	    .error_us = ISC_ERROR_US,
	    .arrival = chunk->arrival,
	    .origin = chunk->origin | offset,
	};

	if (block->state == STATE_PEERS ||
	    (block->state == STATE_OVER && anonymous && !block->reason))
		return true;
	if (!times_is_set(block->starts) || !times_is_set(block->ends) ||
	    block->ends.us < block->starts.us)
		return false;
	set_times(isc, block, &event);
	if (block->state == STATE_DECLINED)
		lease_hold_place(&event, "declined:");
	else if (block->reason ||
		 lease_line_holder(&block->line, isc->holder_by,
				   event.holder) ||
		 lease_line_session(&block->line, &block->subject,
				    event.session))
		lease_hold_place(&event, "unreadable:");
	output->sink(output->context, &event);
	return true;
}

/* `newest`: the latest start in this chunk so far. */
static void
take_item(const struct isc *isc, const struct lease_chunk *chunk,
	  struct slice item, bool torn, uint64_t offset,
	  struct at_event *newest, const struct lease_output *output)
{
	struct slice rest = item;
	struct token word = next_token(&rest);
	const char *reason = NULL;
	struct block block;
	bool placed = false;

	offset += (uint64_t)(word.raw.at - item.at);
	if (torn) {
		reason = "isc torn block";
	} else if (slice_equal(word.raw, "lease")) {
		read_block(&block, rest);
		reason = block.reason;
		placed = say(isc, chunk, &block, offset, output);
		if (placed && block.starts.us > newest->us)
			*newest = block.starts;
	} else if (slice_equal(word.raw, "ia-na") ||
		   slice_equal(word.raw, "ia-pd") ||
		   slice_equal(word.raw, "ia-ta")) {
		reason = "isc v6 block";
		placed = true; /* it says nothing of what is read here */
	} else if (word.kind != TOKEN_WORD) {
		reason = "isc syntax";
	}
	if (reason && output->refused)
		output->refused(output->context, offset, reason);
	if (reason && !placed)
		lease_say_gap(chunk, *newest, offset, output);
}

/* Comments and blanks at the start of what is left over. */
static size_t
idle_length(struct slice rest, bool end)
{
	size_t at = 0;

	while (at < rest.length) {
		struct slice here = {rest.at + at, rest.length - at};
		size_t length = piece_length(here);

		if (!is_blank(here.at[0]) && here.at[0] != '#')
			break;
		/* A comment's line must be whole, or its rest is taken. */
		if (here.at[0] == '#' && length == here.length && !end)
			break;
		at += length;
	}
	return at;
}

/*
 * The item behind *consumed, which moves to its first byte; false: what is left
 * is blank, or isn't whole yet.
 */
static bool
next_item(struct slice bytes, bool end, size_t *consumed, struct slice *item,
	  bool *torn)
{
	struct slice rest = {bytes.at + *consumed, bytes.length - *consumed};
	size_t length = idle_length(rest, end);

	*consumed += length;
	rest.at += length;
	rest.length -= length;
	if (rest.length == 0)
		return false;
	length = item_length(rest, torn);
	if (length == 0 && !end)
		return false;
	*torn |= length == 0;
	item->at = rest.at;
	item->length = length > 0 ? length : rest.length;
	return true;
}

size_t
isc_feed(struct isc *isc, const struct lease_chunk *chunk,
	 const struct lease_output *output)
{
	struct at_event newest = times_unset();
	size_t consumed = 0;
	struct slice item;
	bool torn;

	while (chunk->bytes.length > 0 &&
	       next_item(chunk->bytes, chunk->end, &consumed, &item, &torn)) {
		take_item(isc, chunk, item, torn, consumed, &newest, output);
		consumed += item.length;
	}
	return consumed;
}

size_t
isc_whole(const char *bytes, size_t length)
{
	const struct slice all = {bytes, length};
	size_t consumed = 0;
	struct slice item;
	bool torn;

	while (length > 0 && next_item(all, false, &consumed, &item, &torn))
		consumed += item.length;
	return consumed;
}
