/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting inside addresses into subjects, and their one text form.
 */
#include <string.h>

#include "fact/subject.h"

#define ADDR_BITS 128

bool
subject_equal(const struct subject *a, const struct subject *b)
{
	return a->port_first == b->port_first && a->port_last == b->port_last &&
	       prefix_equal(&a->prefix, &b->prefix);
}

bool
subject_has_ports(const struct subject *subject)
{
	return subject->port_first != 0 || subject->port_last != 0;
}

void
subject_format(struct text *text, const struct subject *subject)
{
	bool bracket;

	if (!subject_has_ports(subject)) {
		if (subject->prefix.length == ADDR_BITS)
			addr_format(text, &subject->prefix.addr);
		else
			prefix_format(text, &subject->prefix);
		return;
	}
	bracket = !addr_is_v4(&subject->prefix.addr);
	if (bracket)
		text_char(text, '[');
	addr_format(text, &subject->prefix.addr);
	if (bracket)
		text_char(text, ']');
	text_char(text, ':');
	text_u64(text, subject->port_first);
	text_char(text, '-');
	text_u64(text, subject->port_last);
}

/* "2001-2512"; 0-0 would read back as "all ports" and is refused. */
static int
parse_ports(struct slice ports, struct subject *subject)
{
	struct slice first = slice_split(&ports, '-');
	uint64_t low, high;
	int error;

	if (!ports.at)
		return LZ_E_FORMAT;
	error = slice_u64(first, UINT16_MAX, &low);
	if (error)
		return error;
	error = slice_u64(ports, UINT16_MAX, &high);
	if (error)
		return error;
	if (low > high || high == 0)
		return LZ_E_RANGE;
	subject->port_first = (uint16_t)low;
	subject->port_last = (uint16_t)high;
	return LZ_OK;
}

/* Where the address ends and the ports begin; *ports.at is NULL without. */
static int
split_ports(struct slice slice, struct slice *addr, struct slice *ports)
{
	const char *colon;

	*ports = (struct slice){NULL, 0};
	*addr = slice;
	if (slice.length > 0 && slice.at[0] == '[') {
		struct slice rest = {slice.at + 1, slice.length - 1};

		*addr = slice_split(&rest, ']');
		if (!rest.at || rest.length < 2 || rest.at[0] != ':')
			return LZ_E_FORMAT;
		*ports = (struct slice){rest.at + 1, rest.length - 1};
		return LZ_OK;
	}
	colon = slice.length > 0 ? memchr(slice.at, ':', slice.length) : NULL;
	if (!colon || !memchr(slice.at, '.', (size_t)(colon - slice.at)))
		return LZ_OK;
	addr->length = (size_t)(colon - slice.at);
	*ports = (struct slice){colon + 1, slice.length - addr->length - 1};
	return LZ_OK;
}

int
subject_parse(struct slice slice, struct subject *subject)
{
	struct subject parsed = {{{{0}}, 0}, 0, 0};
	struct slice addr, ports;
	int error = split_ports(slice, &addr, &ports);

	if (error)
		return error;
	if (!ports.at) {
		error = prefix_parse(addr, &parsed.prefix);
	} else {
		parsed.prefix.length = ADDR_BITS;
		error = addr_parse(addr, &parsed.prefix.addr);
		if (!error)
			error = parse_ports(ports, &parsed);
	}
	if (!error)
		*subject = parsed;
	return error;
}

struct subject
subject_of(const struct inside_item *item, const struct addr *addr,
	   uint16_t port)
{
	struct subject subject = {{{{0}}, 0}, 0, 0};
	uint32_t first, last;

	if (!item->shared) {
		subject.prefix = prefix_of(addr, item->assign);
		return subject;
	}
	subject.prefix = prefix_of(addr, ADDR_BITS);
	if (item->block_ports == 0)
		return subject;
	if (port < item->block_first) {
		subject.port_last = (uint16_t)(item->block_first - 1);
		return subject;
	}
	first = port - (uint32_t)(port - item->block_first) % item->block_ports;
	last = first + item->block_ports - 1u;
	subject.port_first = (uint16_t)first;
	subject.port_last = (uint16_t)(last > UINT16_MAX ? UINT16_MAX : last);
	return subject;
}
