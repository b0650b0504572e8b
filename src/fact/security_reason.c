/* SPDX-License-Identifier: Apache-2.0 */
/* The closed list of reasons, and names of what must never be one. */
#include "fact/security_reason.h"

static const char *const names[REASON_COUNT] = {
    [REASON_NONE] = "none",
    [REASON_ATTACK] = "attack",
    [REASON_INFECTED] = "infected",
    [REASON_C2_HOSTED] = "c2-hosted",
    [REASON_AMPLIFIER] = "amplifier",
    [REASON_VULNERABLE] = "vulnerable",
    [REASON_CREDENTIALS] = "credentials",
};

/* What others have asked providers to cut lines for. */
static const char *const never[] = {
    "adult",       "arrears",     "bandwidth",   "billing",   "blasphemy",
    "censorship",  "competition", "content",     "copyright", "debt",
    "defamation",  "dmca",        "filesharing", "gambling",  "hadopi",
    "hate-speech", "insult",      "invoice",     "libel",     "licence",
    "license",     "nonpayment",  "opinion",     "overuse",   "p2p",
    "payment",     "piracy",      "politics",    "porn",      "pornography",
    "press",       "price",       "quota",       "religion",  "speech",
    "streaming",   "tariff",      "tethering",   "torrent",   "trademark",
    "unpaid",      "vpn",
};

const char *
security_reason_name(enum security_reason reason)
{
	return (unsigned)reason < REASON_COUNT ? names[reason] : "unknown";
}

int
security_reason_parse(struct slice name, enum security_reason *reason)
{
	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		if (!slice_equal_folded(name, names[i]))
			continue;
		*reason = (enum security_reason)i;
		return LZ_OK;
	}
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (slice_equal_folded(name, never[i]))
			return LZ_E_UNSUPPORTED;
	return LZ_E_NOT_FOUND;
}

enum security_reason security_reason_of(enum rsit_class class)
{
	switch (class) {
	case RSIT_DDOS:
		return REASON_ATTACK;
	case RSIT_C2_SERVER:
		return REASON_C2_HOSTED;
	case RSIT_DDOS_AMPLIFIER:
		return REASON_AMPLIFIER;
	case RSIT_VULNERABLE_SYSTEM:
		return REASON_VULNERABLE;
	case RSIT_NONE:
	case RSIT_SCANNER:
	case RSIT_BRUTE_FORCE:
	case RSIT_SPAM:
	case RSIT_INFECTED_SYSTEM:
	case RSIT_CLASS_COUNT:
		break;
	}
	return REASON_INFECTED;
}
