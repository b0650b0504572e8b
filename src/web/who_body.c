/* SPDX-License-Identifier: Apache-2.0 */
/* One flat object, read key by key. */
#include "web/who_body.h"

#include <string.h>

#include "base/json_reader.h"

/* What a member is called, its bit, and how it is taken. */
struct member {
	const char *name;
	const char *(*take)(struct who_body *body,
			    const struct json_token *token);
};

/* Text that may stand in a record and be shown on terminals. */
static bool
text_take(const struct json_token *token, char *to, size_t size)
{
	if (token->kind != JSON_STRING || json_text(token->raw, to, size) < 0)
		return false;
	for (const char *at = to; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return false;
	return true;
}

static const char *
take_address(struct who_body *body, const struct json_token *token)
{
	char text[ADDR_TEXT_SIZE + 32];

	return text_take(token, text, sizeof(text)) &&
		       addr_parse(slice_of(text), &body->endpoint.addr) == 0
		   ? NULL
		   : "address: expected a text such as \"192.0.2.7\"";
}

static const char *
take_port(struct who_body *body, const struct json_token *token)
{
	uint64_t port;

	if (token->kind != JSON_NUMBER ||
	    slice_u64(token->raw, UINT16_MAX, &port) != 0)
		return "port: expected a number from 0 to 65535";
	body->endpoint.port = (int32_t)port;
	return NULL;
}

static const char *
take_proto(struct who_body *body, const struct json_token *token)
{
	char text[16];
	uint8_t proto;

	if ((token->kind == JSON_NUMBER &&
	     addr_proto_parse(token->raw, &proto) == 0) ||
	    (text_take(token, text, sizeof(text)) &&
	     addr_proto_parse(slice_of(text), &proto) == 0)) {
		body->endpoint.proto = proto;
		return NULL;
	}
	return "proto: expected a name or number such as \"tcp\" or 6";
}

static const char *
take_at(struct who_body *body, const struct json_token *token)
{
	char text[64];

	return text_take(token, text, sizeof(text)) &&
		       times_parse(slice_of(text), &body->at.us) == 0
		   ? NULL
		   : "at: expected a time such as \"2024-06-20T10:00:00Z\"";
}

static const char *
take_why(struct who_body *body, const struct json_token *token)
{
	return text_take(token, body->why, sizeof(body->why)) &&
		       slice_trim(slice_of(body->why)).length > 0
		   ? NULL
		   : "why: expected a text of at most 95 bytes";
}

static const char *
take_case(struct who_body *body, const struct json_token *token)
{
	return text_take(token, body->about, sizeof(body->about))
		   ? NULL
		   : "case: expected a text of at most 95 bytes";
}

static const char *
take_reveal(struct who_body *body, const struct json_token *token)
{
	if (token->kind != JSON_TRUE && token->kind != JSON_FALSE)
		return "reveal: expected true or false";
	body->reveal = token->kind == JSON_TRUE;
	return NULL;
}

static const struct member members[] = {
    {"address", take_address}, {"at", take_at},       {"why", take_why},
    {"port", take_port},       {"proto", take_proto}, {"case", take_case},
    {"reveal", take_reveal}};
#define MEMBERS (sizeof(members) / sizeof(members[0]))
#define NEEDED 0x07u /* address, at, why */

static const char *
take_member(struct who_body *body, const struct json_token *token,
	    unsigned *seen)
{
	for (unsigned i = 0; i < MEMBERS; i++) {
		if (!json_raw_is(token->key, members[i].name))
			continue;
		if (*seen & 1u << i)
			return "a key stands there twice";
		*seen |= 1u << i;
		return members[i].take(body, token);
	}
	return "unknown key; expected address, port, proto, at, why, case, "
	       "reveal";
}

const char *
who_body_read(const char *bytes, size_t length, struct who_body *body)
{
	struct json_reader reader;
	struct json_token token;
	const char *wrong = NULL;
	unsigned seen = 0;

	*body = (struct who_body){.endpoint = {.port = -1, .proto = -1}};
	json_reader_init(&reader, bytes, length);
	if (json_next(&reader, &token) != JSON_OBJECT)
		return "expected one JSON object";
	while (!wrong && json_next(&reader, &token) != JSON_OBJECT_END) {
		if (token.kind == JSON_BAD || token.kind == JSON_END)
			return "the body is no whole JSON";
		wrong = take_member(body, &token, &seen);
	}
	if (wrong)
		return wrong;
	if (json_next(&reader, &token) != JSON_END)
		return "there is more behind the object";
	return (seen & NEEDED) == NEEDED ? NULL
					 : "address, at and why are needed";
}
