/* SPDX-License-Identifier: Apache-2.0 */
/* The forms. */
#include "forms.h"

#define WHEN " [AT <time>] [WITHIN <span>]"

const struct form forms[] = {
    {SAY_SCENARIO, "SCENARIO <rest>",
     "What the scenario proves, in one sentence."},
    {SAY_RULE, "RULE <rest>",
     "Which rule of the design, or of the law, it stands for."},

    {SAY_AT, "AT <time>",
     "The clock goes to this moment (UTC); 08:20 alone is of the same day."},
    {SAY_TIME_PASSES, "TIME PASSES <span>", "The clock goes on."},

    {SAY_LIVE, "LIVE",
     "Everything acts. Without it, as in a fresh installation, nothing does: "
     "what is computed only would be done."},
    {SAY_POLICY, "POLICY <name> = <rest>",
     "A key of the configuration file. In the middle of a story the desk "
     "starts again with it."},
    {SAY_NETWORK, "NETWORK <address> [ASSIGN <n>] [CGNAT]",
     "Addresses of ours; without any, 192.0.2.0/24."},
    {SAY_BIND,
     "BIND <address> TO <party> FROM <time> [UNTIL <until>] [SOURCE <name>]",
     "Who held an address, prefix or block of ports. Said in the middle of a "
     "story, it is learned only then."},
    {SAY_ENDED, "HOLDING <address> OF <party> ENDED <time>",
     "It becomes known when a holding ended."},
    {SAY_FORGOTTEN, "HOLDING <address> OF <party> IS FORGOTTEN",
     "The lists say nothing of it any more."},
    {SAY_BINDINGS_SILENT, "BINDINGS SILENT SINCE <time>",
     "No source has said anything of who holds what since then."},
    {SAY_BINDINGS_SPEAK, "BINDINGS SPEAK", "They say so again."},
    {SAY_CONTRACT, "CONTRACT <party> FROM <time> [UNTIL <until>]",
     "From when to when the party is a customer."},
    {SAY_PROTECTED, "PROTECTED <party>",
     "A hospital, a fire brigade: two persons decide."},
    {SAY_CONTACT, "CONTACT <party> <rest>",
     "How the party is reached: none, mail, or mail sms. Without it: mail."},
    {SAY_MAIL, "MAIL <word>",
     "What becomes of notices from now on: DELIVERS (the start), ACCEPTS, "
     "FAILS or WAITS."},
    {SAY_INDICATOR,
     "INDICATOR <peer> FAMILY <family> FROM <name> [SEEN <time>] [UNTIL "
     "<until>] [SINKHOLE]",
     "A list says that a C2 server (or a sinkhole) answers there."},

    {SAY_FLOW,
     "FLOW <address> -> <peer> <n> packets/s FOR <span> [BY <exporter>] "
     "[ANSWERED] [ENTERED BY BORDER]",
     "Traffic from now on, seen by the real detectors."},
    {SAY_SCAN, "SCAN <address> OF PORT <n> FOR <span> [BY <exporter>]",
     "It tries one address after another; nobody answers."},
    {SAY_C2,
     "C2 <address> -> <peer> [FOR <span>] [ONLY PROBED] [BY <exporter>]",
     "It speaks with that server; only probed: it answers a stranger's "
     "knock."},
    {SAY_REPORT,
     "REPORT <word> <address> [AT <time>] [CLASS <class>] [FAMILY <family>] "
     "[FROM <name>] [ROLE <role>] [ABOUT <peer>] [ARRIVES <until>] [SPOOFABLE] "
     "[TIMES <times> EVERY <every>]",
     "A sighting that no flow shows: sinkhole, feed, mail (nobody signed it), "
     "or own, by us: flood, lasting-flood, scan, brute-force, spam, dga, "
     "beacon."},
    {SAY_RECEIPT, "RECEIPT <word> OF <party> [NOTICE <n>] [AT <time>]",
     "A channel says of a notice (the last one): sent, accepted, delivered, "
     "seen, acknowledged, failed."},

    {SAY_HOLDS, "PERSON <actor> HOLDS <party> [<words>]",
     "Staff stops all automation for a case."},
    {SAY_RELEASES, "PERSON <actor> RELEASES <party> [<words>]",
     "Staff ends every measure of a party."},
    {SAY_DISMISSES, "PERSON <actor> DISMISSES <party> [<words>]",
     "Staff says: false alarm."},
    {SAY_RESUMES, "PERSON <actor> RESUMES <party> [<words>]",
     "Staff lets a held case go on."},
    {SAY_ORDERS, "PERSON <actor> ORDERS <word> OF <party> BECAUSE <name>",
     "Staff asks for a measure, for a reason of security."},
    {SAY_ANSWERS, "PERSON <actor> ANSWERS <party> THAT IT IS <word>",
     "Staff decides an objection: RIGHT or WRONG."},
    {SAY_MERGES, "PERSON <actor> MERGES <party> INTO <other> [<words>]",
     "Both are one customer's: the case goes on in the other's."},
    {SAY_SPLITS,
     "PERSON <actor> SPLITS <party> TO <other> [FAMILY <family>] [<words>]",
     "What was seen in the case is another party's."},
    {SAY_SELF_RELEASE, "SUBSCRIBER <party> RELEASES HIMSELF",
     "By the page in the garden."},
    {SAY_OBJECTS, "SUBSCRIBER <party> OBJECTS [<words>]",
     "He says: this is a mistake."},

    {SAY_DRIVER, "DRIVER <word>",
     "FAILS: the devices do nothing that is asked; WORKS: they do again."},
    {SAY_RESTART, "RESTART",
     "The desk is started anew from what it has stored."},
    {SAY_RECALL, "RECALL <word> <name> SINCE <time> BY <actor> [AND <second>]",
     "A detector, feed, exporter or source has proved wrong: everything "
     "that rests on it is taken back."},
    {SAY_STOP, "STOP SWITCH <word>", "ON: automation stops. OFF: it goes on."},

    {SAY_EXPECT_NOTICE,
     "EXPECT NOTICE TO <party> [STEP <n>] [BY <word>]" WHEN " [IN SHADOW]",
     "A notice went out."},
    {SAY_EXPECT_MEASURE,
     "EXPECT MEASURE <word> OF <party> [ON <address>] [AGAINST <peer>] "
     "[UNTIL <until>]" WHEN " [IN SHADOW]",
     "A filter, limit, garden or block began."},
    {SAY_EXPECT_RENEWAL, "EXPECT RENEWAL <word> OF <party>",
     "A measure was renewed, once or more often."},
    {SAY_EXPECT_RELEASE,
     "EXPECT RELEASE <word> OF <party> [ON <address>] [AGAINST <peer>] "
     "[BECAUSE <words>]" WHEN " [IN SHADOW]",
     "A measure ended."},
    {SAY_EXPECT_HOLD, "EXPECT HOLD OF <party>" WHEN,
     "A case waits for a person's decision."},
    {SAY_EXPECT_PERSON, "EXPECT PERSON ASKED <words> [OF <party>]" WHEN,
     "A person was asked; the words are part of what was said."},
    {SAY_EXPECT_REFUSED, "EXPECT REFUSED <words> [OF <party>]" WHEN,
     "Something was asked for or wanted, and refused with these words."},
    {SAY_EXPECT_CORRECTION, "EXPECT CORRECTION TO <party>" WHEN " [IN SHADOW]",
     "The party was told, as before, that what it was told is withdrawn."},
    {SAY_EXPECT_NOTHING, "EXPECT NOTHING", "Nothing happened."},
    {SAY_EXPECT_STATE, "EXPECT STATE OF <party> IS <word>",
     "Its newest case is watching, open, noticed, quarantined, probation, "
     "closed, held, dismissed or merged."},
    {SAY_EXPECT_SCORE, "EXPECT SCORE OF <party> IS <milli>",
     "The weight of evidence, now."},
    {SAY_EXPECT_CERTAINTY, "EXPECT CERTAINTY OF <party> IS <word>",
     "Who it was is certain, probable, ambiguous, expired or nobody."},
    {SAY_EXPECT_CASES, "EXPECT CASES OF <party> ARE <n>",
     "So many cases of the party there have been."},
    {SAY_EXPECT_NO_CASE, "EXPECT NO CASE OF <party>", "There has been none."},
    {SAY_EXPECT_RELAPSE, "EXPECT RELAPSE OF <party>",
     "Its newest case names the one before."},
    {SAY_EXPECT_FINDING,
     "EXPECT FINDING OF <party> CLASS <class> [FAMILY <family>] [COUNT <n>]",
     "The case keeps sightings of that class and family."},
    {SAY_EXPECT_FEELS, "EXPECT LINE <address> FEELS <word>",
     "What the devices really do to it: nothing, filter, limit, garden, "
     "block."},
    {SAY_EXPECT_OBJECTION, "EXPECT OBJECTION OF <party> IS <word>",
     "OPEN or DECIDED."},
    {SAY_EXPECT_ARM, "EXPECT ARM OF <party> IS <word>",
     "Of a trial: none, treated, held-back."},
};
const size_t form_count = sizeof(forms) / sizeof(forms[0]);

uint32_t
form_said(struct slice words)
{
	static const struct {
		const char *words;
		uint32_t said;
	} all[] = {
	    {"IN SHADOW", SAID_SHADOW},         {"ANSWERED", SAID_ANSWERED},
	    {"ENTERED BY BORDER", SAID_BORDER}, {"ONLY PROBED", SAID_PROBED},
	    {"SINKHOLE", SAID_SINKHOLE},        {"CGNAT", SAID_CGNAT},
	    {"SPOOFABLE", SAID_SPOOFABLE},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (slice_equal(words, all[i].words))
			return all[i].said;
	return 0;
}
