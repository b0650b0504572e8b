/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an accounting record means.  Doubt costs the record or the attribute,
 * never a guess: an address that can't be a customer's is not told, two values
 * of one attribute are none.
 */
#include "lease/accounting_word.h"

#include <string.h>

#include "lease/holder.h"
#include "radius/numbers.h"

/* Longer sessions than this are counters gone wrong. */
#define SESSION_TIME_MAX_S (5 * 366 * 86400)

void
accounting_word_init(struct accounting_word *word)
{
	/* The arrays are counted: only what is read needs to be zero. */
	memset(word, 0, offsetof(struct accounting_word, subjects));
}

static void
refuse(const struct accounting_place *place, const char *reason)
{
	if (place->output->refused)
		place->output->refused(place->output->context, place->offset,
				       reason);
}

/* A number that may be there once; `reason` NULL: what's cut isn't told. */
static void
take_u32(struct accounting_word *word, const struct radius_attribute *from,
	 enum accounting_told bit, uint32_t *number, const char *reason,
	 const struct accounting_place *place)
{
	uint32_t value;

	if (radius_u32(from->value, from->length, &value) != 0) {
		if (reason)
			refuse(place, reason);
		return;
	}
	word->twice |= word->told & bit && value != *number;
	word->told |= bit;
	*number = value;
}

static void
take_text(struct accounting_word *word, const struct radius_attribute *from,
	  struct slice *text)
{
	struct slice value = {(const char *)from->value, from->length};

	/* Some send the NUL that ends a C string along. */
	if (value.length && value.at[value.length - 1] == '\0')
		value.length--;
	if (value.length == 0)
		return;
	word->twice |= text->at &&
		       (text->length != value.length ||
			memcmp(text->at, value.at, value.length) != 0);
	*text = value;
}

static void
take_class(struct accounting_word *word, const struct radius_attribute *from)
{
	if (from->length == 0)
		return;
	if (word->klass.at &&
	    (word->klass.length != from->length ||
	     memcmp(word->klass.at, from->value, from->length) != 0))
		word->classes_differ = true;
	word->klass = (struct slice){(const char *)from->value, from->length};
}

/* 0.0.0.0/8, loopback, multicast and what is above are nobody's. */
static bool
is_somebodys4(const struct addr *addr)
{
	uint8_t first = addr->bytes[12];

	return first != 0 && first != 127 && first < 224;
}

/* ::/8 holds ::, ::1 and the form IPv4 addresses have here. */
static bool
is_somebodys6(const struct addr *addr)
{
	return addr->bytes[0] != 0 && addr->bytes[0] != 0xff &&
	       !(addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80);
}

static void
take_nas4(struct accounting_word *word, const struct radius_attribute *from,
	  const struct accounting_place *place)
{
	struct addr addr;

	if (radius_addr4(from->value, from->length, &addr) != 0 ||
	    !is_somebodys4(&addr)) {
		refuse(place, "nas_address");
		return;
	}
	word->twice |= word->told & ACCOUNTING_TOLD_NAS4 &&
		       !addr_equal(&word->nas4, &addr);
	word->told |= ACCOUNTING_TOLD_NAS4;
	word->nas4 = addr;
}

static void
take_nas6(struct accounting_word *word, const struct radius_attribute *from,
	  const struct accounting_place *place)
{
	struct addr addr;

	/* A link-local one is as good a name as any. */
	if (radius_addr6(from->value, from->length, &addr) != 0 ||
	    addr.bytes[0] == 0 || addr.bytes[0] == 0xff) {
		refuse(place, "nas_address");
		return;
	}
	word->twice |= word->told & ACCOUNTING_TOLD_NAS6 &&
		       !addr_equal(&word->nas6, &addr);
	word->told |= ACCOUNTING_TOLD_NAS6;
	word->nas6 = addr;
}

static void
add_subject(struct accounting_word *word, const struct prefix *prefix,
	    uint8_t slot)
{
	struct lease_subject *subject;

	for (size_t i = 0; i < word->subject_count; i++)
		if (word->subjects[i].slot == slot &&
		    prefix_equal(&word->subjects[i].subject.prefix, prefix))
			return;
	if (word->subject_count == LEASE_SUBJECTS_MAX) {
		word->subjects_full = true;
		return;
	}
	subject = &word->subjects[word->subject_count++];
	*subject = (struct lease_subject){.subject.prefix = *prefix,
					  .slot = slot};
}

static void
take_framed4(struct accounting_word *word, const struct radius_attribute *from,
	     const struct accounting_place *place)
{
	struct prefix prefix = {.length = 128};
	uint32_t number;

	if (radius_u32(from->value, from->length, &number) != 0) {
		refuse(place, "framed_address");
		return;
	}
	/* "User selects", "NAS selects" (RFC 2865 section 5.8): not told. */
	if (number == 0 || number >= UINT32_C(0xfffffffe))
		return;
	prefix.addr = addr_from_v4(number);
	if (!is_somebodys4(&prefix.addr)) {
		refuse(place, "framed_address");
		return;
	}
	word->twice |= word->told & ACCOUNTING_TOLD_FRAMED4 &&
		       !addr_equal(&word->framed4, &prefix.addr);
	word->told |= ACCOUNTING_TOLD_FRAMED4;
	word->framed4 = prefix.addr;
	add_subject(word, &prefix, LEASE_SLOT_ADDRESS);
}

static void
take_framed6(struct accounting_word *word, const struct radius_attribute *from,
	     const struct accounting_place *place)
{
	struct prefix prefix = {.length = 128};

	if (radius_addr6(from->value, from->length, &prefix.addr) != 0 ||
	    !is_somebodys6(&prefix.addr))
		refuse(place, "framed_address");
	else
		add_subject(word, &prefix, LEASE_SLOT_ADDRESS6);
}

static void
take_prefix6(struct accounting_word *word, const struct radius_attribute *from,
	     uint8_t slot, const struct accounting_place *place)
{
	struct prefix prefix;

	if (radius_prefix6(from->value, from->length, &prefix) != 0 ||
	    prefix.length < ACCOUNTING_PREFIX6_MIN ||
	    !is_somebodys6(&prefix.addr))
		refuse(place, slot == LEASE_SLOT_PREFIX ? "framed_prefix"
							: "delegated_prefix");
	else
		add_subject(word, &prefix, slot);
}

void
accounting_word_block(struct accounting_word *word, const struct addr *outside,
		      uint32_t first, uint32_t last, uint32_t alloc,
		      const struct accounting_place *place)
{
	struct accounting_block *block;

	/* Both ends and the address must be told: "all ports" of an address
	 * that many share would name the wrong one. */
	if (!is_somebodys4(outside) || last == 0 || last < first ||
	    last > UINT16_MAX ||
	    (alloc != RADIUS_PORT_ALLOCATION && alloc != RADIUS_PORT_RELEASE)) {
		refuse(place, "port_range");
		return;
	}
	if (word->block_count == ACCOUNTING_BLOCKS_MAX) {
		word->subjects_full = true;
		return;
	}
	block = &word->blocks[word->block_count++];
	*block = (struct accounting_block){
	    .subject = {.prefix = {.addr = *outside, .length = 128},
			.port_first = (uint16_t)first,
			.port_last = (uint16_t)last},
	    .released = alloc == RADIUS_PORT_RELEASE};
}

/* RFC 8045 section 3.1.2. */
static void
take_port_range(struct accounting_word *word,
		const struct radius_attribute *from,
		const struct accounting_place *place)
{
	uint32_t first = 0, last = 0, alloc = 0, *number;
	struct addr outside = {{0}};
	struct radius_tlv tlv;
	struct cursor tlvs;
	int error = 0;

	cursor_init(&tlvs, from->value, from->length);
	while (radius_tlv_next(&tlvs, &tlv)) {
		number = tlv.type == RADIUS_PORT_ALLOC         ? &alloc
			 : tlv.type == RADIUS_PORT_RANGE_START ? &first
			 : tlv.type == RADIUS_PORT_RANGE_END   ? &last
							       : NULL;
		if (number)
			error |= radius_u32(tlv.value, tlv.length, number);
		else if (tlv.type == RADIUS_PORT_EXT_IPV4)
			error |= radius_addr4(tlv.value, tlv.length, &outside);
	}
	if (error || tlvs.failed)
		refuse(place, "port_range");
	else
		accounting_word_block(word, &outside, first, last, alloc,
				      place);
}

static void
add_vendors(struct accounting_word *word, const struct radius_attribute *from)
{
	if (from->vendor != RADIUS_VENDOR_BROADBAND_FORUM)
		return;
	if (from->vendor_type == RADIUS_AGENT_CIRCUIT_ID)
		take_text(word, from, &word->circuit);
	else if (from->vendor_type == RADIUS_AGENT_REMOTE_ID)
		take_text(word, from, &word->remote);
}

void
accounting_word_add(struct accounting_word *word,
		    const struct radius_attribute *from,
		    const struct accounting_place *place)
{
	switch (from->type) {
	case RADIUS_USER_NAME:
		take_text(word, from, &word->user);
		break;
	case RADIUS_NAS_IP_ADDRESS:
		take_nas4(word, from, place);
		break;
	case RADIUS_FRAMED_IP_ADDRESS:
		take_framed4(word, from, place);
		break;
	case RADIUS_CLASS:
		take_class(word, from);
		break;
	case RADIUS_VENDOR_SPECIFIC:
		add_vendors(word, from);
		break;
	case RADIUS_CALLING_STATION_ID:
		take_text(word, from, &word->calling);
		break;
	case RADIUS_NAS_IDENTIFIER:
		take_text(word, from, &word->nas_identifier);
		break;
	case RADIUS_ACCT_STATUS_TYPE:
		take_u32(word, from, ACCOUNTING_TOLD_STATUS, &word->status,
			 NULL, place);
		break;
	case RADIUS_ACCT_DELAY_TIME:
		take_u32(word, from, ACCOUNTING_TOLD_DELAY, &word->delay_s,
			 "delay_time", place);
		break;
	case RADIUS_ACCT_SESSION_ID:
		take_text(word, from, &word->session_id);
		break;
	case RADIUS_ACCT_SESSION_TIME:
		take_u32(word, from, ACCOUNTING_TOLD_SESSION_TIME,
			 &word->session_time_s, "session_time", place);
		break;
	case RADIUS_EVENT_TIMESTAMP:
		take_u32(word, from, ACCOUNTING_TOLD_EVENT, &word->event_s,
			 "event_timestamp", place);
		break;
	case RADIUS_NAS_IPV6_ADDRESS:
		take_nas6(word, from, place);
		break;
	case RADIUS_FRAMED_IPV6_PREFIX:
		take_prefix6(word, from, LEASE_SLOT_PREFIX, place);
		break;
	case RADIUS_DELEGATED_IPV6_PREFIX:
		take_prefix6(word, from, LEASE_SLOT_DELEGATED, place);
		break;
	case RADIUS_FRAMED_IPV6_ADDRESS:
		take_framed6(word, from, place);
		break;
	case RADIUS_EXTENDED_1:
		if (from->extended == RADIUS_IP_PORT_RANGE)
			take_port_range(word, from, place);
		break;
	default:
		break;
	}
}

/* What kind of event a status is; 0 and its reason: none. */
static uint8_t
kind_of(const struct accounting_word *word, const char **reason)
{
	*reason = NULL;
	if (!(word->told & ACCOUNTING_TOLD_STATUS)) {
		*reason = "no_status_type";
		return 0;
	}
	switch (word->status) {
	case RADIUS_STATUS_START:
		return LEASE_START;
	case RADIUS_STATUS_INTERIM:
		return LEASE_ALIVE;
	case RADIUS_STATUS_STOP:
		return LEASE_STOP;
	case RADIUS_STATUS_ON:
	case RADIUS_STATUS_OFF:
		return LEASE_RESET;
	case RADIUS_STATUS_FAILED:
		*reason = "status_failed";
		return 0;
	default:
		*reason = word->status >= RADIUS_STATUS_TUNNEL_FIRST &&
				  word->status <= RADIUS_STATUS_TUNNEL_LAST
			      ? "status_tunnel"
			      : "status_unknown";
		return 0;
	}
}

static bool
is_named(const struct accounting_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->name_count; i++)
		if (strcmp(conf->names[i], name) == 0)
			return true;
	return false;
}

/* The n-th name the record gives its NAS; false: no such. */
static bool
claim(const struct accounting_word *word, unsigned n,
      char name[LEASE_SPEAKER_SIZE], const struct accounting_place *place)
{
	struct text text;

	text_init(&text, name, LEASE_SPEAKER_SIZE);
	if (n == 0 && word->told & ACCOUNTING_TOLD_NAS4) {
		addr_format(&text, &word->nas4);
	} else if (n == 1 && word->told & ACCOUNTING_TOLD_NAS6) {
		addr_format(&text, &word->nas6);
	} else if (n == 2 && word->nas_identifier.at) {
		struct slice from = word->nas_identifier;

		for (size_t i = 0; i < from.length; i++)
			text.full |= (uint8_t)from.at[i] < ' ';
		text_slice(&text, from);
		if (text.full)
			refuse(place, "nas_identifier");
	}
	return !text.full && text.length > 0;
}

/*
 * Who speaks.  Of the names a record gives its NAS the first counts that the
 * client may use.  False: it may use none, and isn't the NAS itself.
 */
static bool
find_speaker(const struct accounting_word *word,
	     const struct accounting_place *place,
	     char speaker[LEASE_SPEAKER_SIZE])
{
	const struct accounting_conf *conf = place->conf;
	bool any = conf->name_count == 0 && (conf->proxy || !place->peer);
	char own[LEASE_SPEAKER_SIZE] = "";
	bool claimed = false;

	if (place->peer) {
		struct text text;

		text_init(&text, own, sizeof(own));
		addr_format(&text, place->peer);
	}
	for (unsigned n = 0; n < 3; n++) {
		if (!claim(word, n, speaker, place))
			continue;
		claimed = true;
		if (any || strcmp(speaker, own) == 0 || is_named(conf, speaker))
			return true;
	}
	memcpy(speaker, own, sizeof(own));
	if (!claimed)
		return true;
	if (conf->proxy || !place->peer)
		return false;
	refuse(place, "nas_not_its_own");
	return true;
}

static bool
name_holder(const struct accounting_word *word, uint8_t by,
	    char label[PARTY_LABEL_SIZE], const struct accounting_place *place)
{
	struct slice value = by == ACCOUNTING_CLASS     ? word->klass
			     : by == ACCOUNTING_USER    ? word->user
			     : by == ACCOUNTING_CALLING ? word->calling
			     : by == ACCOUNTING_CIRCUIT ? word->circuit
							: word->remote;
	bool named = false;

	if (!value.at)
		return false;
	if (by == ACCOUNTING_CLASS && word->classes_differ) {
		/* Which of them is the account? */
		refuse(place, "class_twice");
		return false;
	}
	switch (by) {
	case ACCOUNTING_CLASS:
		named = holder_octets(label, "class", value);
		break;
	case ACCOUNTING_USER:
		named = holder_text(label, "user", value);
		break;
	case ACCOUNTING_CALLING:
		named = holder_mac(label, value, true) ||
			holder_text(label, "calling", value);
		break;
	case ACCOUNTING_CIRCUIT:
		named = holder_text(label, "circuit", value);
		break;
	default:
		named = holder_text(label, "remote", value);
		break;
	}
	if (!named)
		refuse(place, "holder_long");
	return named;
}

/* Event time, how sure, and since when; a reason: neither is to be had. */
static const char *
find_times(const struct accounting_word *word,
	   const struct accounting_place *place, struct lease_event *event)
{
	int64_t bound = place->conf->clock_bound_us;
	int64_t told = (int64_t)word->event_s * TIMES_SECOND_US;
	int64_t waited = (int64_t)word->delay_s * TIMES_SECOND_US;
	int64_t sent = place->arrival.us;
	bool has_event = word->told & ACCOUNTING_TOLD_EVENT;

	if (sent != TIMES_UNSET_US && word->told & ACCOUNTING_TOLD_DELAY)
		sent -= waited;
	/* A NAS that has just booted may not know what year it is; and nobody
	 * speaks of the day after tomorrow. */
	if (has_event && (told < TIMES_EARLIEST_US ||
			  (sent != TIMES_UNSET_US &&
			   told - place->arrival.us > TIMES_DAY_US))) {
		refuse(place, "event_timestamp");
		event->marks |= LEASE_CLOCK_DOUBTED;
		has_event = false;
		/* How long it has waited is then all we go by. */
		if (word->told & ACCOUNTING_TOLD_DELAY && waited > bound)
			bound = waited;
	}
	/* Whole seconds, cut. */
	event->error_us = TIMES_SECOND_US;
	if (!has_event) {
		if (sent == TIMES_UNSET_US)
			return "no_time";
		event->at.us = sent;
		if (bound > event->error_us)
			event->error_us = bound;
	} else {
		int64_t apart = sent == TIMES_UNSET_US ? 0 : told - sent;

		event->at.us = told;
		if (apart < 0)
			apart = -apart;
		if (apart > bound) {
			event->marks |= LEASE_CLOCK_DOUBTED;
			if (apart > event->error_us)
				event->error_us = apart;
		}
	}
	if (event->at.us < TIMES_EARLIEST_US || event->at.us > TIMES_LATEST_US)
		return "time";
	return NULL;
}

static void
find_start(const struct accounting_word *word,
	   const struct accounting_place *place, struct lease_event *event)
{
	int64_t lasted = (int64_t)word->session_time_s * TIMES_SECOND_US;

	if (!(word->told & ACCOUNTING_TOLD_SESSION_TIME) ||
	    (event->kind != LEASE_ALIVE && event->kind != LEASE_STOP))
		return;
	if (word->session_time_s > SESSION_TIME_MAX_S ||
	    event->at.us - lasted < TIMES_EARLIEST_US) {
		refuse(place, "session_time");
		return;
	}
	event->start.us = event->at.us - lasted;
	event->marks |= LEASE_START_INFERRED;
}

/*
 * Port blocks, released ones first: `event` is the session's, its addresses
 * not yet filled in.
 */
static void
say_blocks(const struct accounting_word *word,
	   const struct accounting_place *place,
	   const struct lease_event *session)
{
	struct lease_event event = *session;
	struct at_event unset = times_unset();

	event.realm = place->conf->ports_realm;
	event.start = unset;
	event.marks &= (uint8_t)~LEASE_START_INFERRED;
	for (int released = 1; released >= 0; released--) {
		event.subject_count = 0;
		event.kind = released ? LEASE_STOP : LEASE_ALIVE;
		if (released)
			event.marks |= LEASE_BLOCK_ENDS;
		else
			event.marks &= (uint8_t)~LEASE_BLOCK_ENDS;
		for (size_t i = 0; i < word->block_count; i++) {
			/* At a Stop nothing goes on. */
			if ((word->blocks[i].released ||
			     session->kind == LEASE_STOP) != (released == 1))
				continue;
			event.subjects[event.subject_count++] =
			    (struct lease_subject){.subject =
						       word->blocks[i].subject,
						   .slot = LEASE_SLOT_PORTS};
			if (event.subject_count == LEASE_SUBJECTS_MAX) {
				place->output->sink(place->output->context,
						    &event);
				event.subject_count = 0;
			}
		}
		if (event.subject_count)
			place->output->sink(place->output->context, &event);
	}
}

/* Session and holder of all but resets; a reason: the record is no use. */
static const char *
find_session(const struct accounting_word *word,
	     const struct accounting_place *place, struct lease_event *event)
{
	const struct accounting_conf *conf = place->conf;
	struct slice id = word->session_id;

	if (!id.at)
		return "no_session_id";
	if (memchr(id.at, '\0', id.length) ||
	    !text_copy(event->session, sizeof(event->session), id))
		return "session_id";
	for (size_t i = 0; i < conf->holder_count; i++)
		if (name_holder(word, conf->holders[i], event->holder, place)) {
			if (i > 0)
				event->marks |= LEASE_HOLDER_LESSER;
			break;
		}
	return NULL;
}

static const char *
understand(const struct accounting_word *word,
	   const struct accounting_place *place, struct lease_event *event)
{
	const char *reason;

	event->kind = kind_of(word, &reason);
	if (reason)
		return reason;
	if (word->twice)
		return "attribute_twice";
	if (event->kind != LEASE_RESET) {
		reason = find_session(word, place, event);
		if (reason)
			return reason;
	}
	reason = find_times(word, place, event);
	if (reason)
		return reason;
	if (!find_speaker(word, place, event->speaker))
		return "nas_not_allowed";
	find_start(word, place, event);
	return NULL;
}

void
accounting_word_say(struct accounting_word *word,
		    const struct accounting_place *place)
{
	struct lease_event event = {.realm = place->conf->realm,
				    .arrival = place->arrival,
				    .origin = place->origin,
				    .start = times_unset(),
				    .end = times_unset(),
				    .sure = times_unset()};
	const char *reason = understand(word, place, &event);

	if (reason) {
		refuse(place, reason);
		return;
	}
	if (word->subjects_full)
		refuse(place, "subjects");
	if (event.kind != LEASE_RESET) {
		if (word->block_count)
			say_blocks(word, place, &event);
		memcpy(event.subjects, word->subjects,
		       word->subject_count * sizeof(word->subjects[0]));
		event.subject_count = word->subject_count;
	}
	place->output->sink(place->output->context, &event);
}
