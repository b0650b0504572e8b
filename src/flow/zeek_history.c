/* SPDX-License-Identifier: Apache-2.0 */
/* Zeek's history to TCP flags. */
#include "flow/zeek_history.h"

#include <string.h>

#include "fact/flow_record.h"

#define SYN FLOW_TCP_SYN
#define ACK FLOW_TCP_ACK
#define FIN FLOW_TCP_FIN
#define RST FLOW_TCP_RST
#define PSH FLOW_TCP_PSH

static const struct {
	char letter; /* the responder's; the originator's is its capital */
	uint8_t flags;
} letters[] = {
    {'s', SYN}, {'h', SYN | ACK}, {'a', ACK}, {'f', FIN},       {'r', RST},
    {'t', ACK}, {'w', ACK},       {'q', SYN}, {'i', SYN | RST}, {'g', 0},
};

static const struct {
	const char *name;
	uint8_t flags[2];
} states[] = {
    {"S0", {SYN, 0}},
    {"REJ", {SYN, RST | ACK}},
    {"S1", {SYN | ACK, SYN | ACK}},
    {"S2", {SYN | ACK | FIN, SYN | ACK}},
    {"S3", {SYN | ACK, SYN | ACK | FIN}},
    {"SF", {SYN | ACK | FIN, SYN | ACK | FIN}},
    {"RSTO", {SYN | ACK | RST, SYN | ACK}},
    {"RSTR", {SYN | ACK, SYN | ACK | RST}},
    {"RSTOS0", {SYN | RST, 0}},
    {"RSTRH", {0, SYN | ACK | RST}},
    {"SH", {SYN | FIN, 0}},
    {"SHR", {0, SYN | ACK | FIN}},
};

static void
state_parse(struct slice state, struct zeek_history *told)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!slice_equal(state, states[i].name))
			continue;
		told->told = true;
		for (int side = 0; side < 2; side++) {
			told->flags[side] = states[i].flags[side];
			told->letters[side] = told->flags[side] != 0;
		}
	}
	told->began[0] = (told->flags[0] & SYN) != 0 ||
			 (told->flags[1] & (SYN | ACK)) == (SYN | ACK);
}

/* Data of a side whose every other word is a SYN without an answer is data in
 * that SYN (TCP Fast Open, or a forger's). */
static bool
is_data_in_syn(const struct zeek_history *told, int side)
{
	return told->flags[side] == SYN && !told->letters[1 - side];
}

void
zeek_history_parse(struct slice history, struct slice state,
		   struct zeek_history *told)
{
	bool data[2] = {false, false}, syn[2] = {false, false};
	bool answer[2] = {false, false};

	memset(told, 0, sizeof(*told));
	if (!history.at || history.length == 0) {
		state_parse(state, told);
		return;
	}
	told->told = true;
	for (size_t i = 0; i < history.length; i++) {
		const char c = history.at[i];
		const int side = c >= 'A' && c <= 'Z' ? 0 : 1;
		const char small = (char)(side == 0 ? c - 'A' + 'a' : c);

		if (small < 'a' || small > 'z')
			continue; /* '^': Zeek has turned the two round */
		if (small != 'c')
			told->letters[side] = true;
		else
			told->lost[side] = true;
		data[side] = data[side] || small == 'd';
		syn[side] = syn[side] || small == 's';
		answer[side] = answer[side] || small == 'h';
		for (size_t k = 0; k < sizeof(letters) / sizeof(letters[0]);
		     k++)
			if (letters[k].letter == small)
				told->flags[side] |= letters[k].flags;
	}
	for (int side = 0; side < 2; side++) {
		const int other = 1 - side;

		if (data[side] && !is_data_in_syn(told, side))
			told->flags[side] |= ACK | PSH;
		told->began[side] = (syn[side] || answer[other]) &&
				    !syn[other] && !answer[side];
	}
}

/* What the side sent is all in its flags. */
static bool
is_whole(const struct zeek_history *told, int side, const uint64_t packets[2])
{
	return !told->lost[side] &&
	       (told->flags[side] != 0 || packets[side] == 0);
}

bool
zeek_history_flags_known(const struct zeek_history *told, int side,
			 const uint64_t packets[2])
{
	if (!told->told)
		return false;
	if (told->flags[side] & ACK)
		return true;
	return is_whole(told, 0, packets) && is_whole(told, 1, packets);
}
