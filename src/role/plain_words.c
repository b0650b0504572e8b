/* SPDX-License-Identifier: Apache-2.0 */
/* Words for people. */
#include "role/plain_words.h"

#include <stdio.h>
#include <string.h>

#include "net/addr.h"

void
words_moment(char out[WORDS_MOMENT_SIZE], struct at_event time, int32_t zone_s)
{
	const int32_t minutes = (zone_s < 0 ? -zone_s : zone_s) / 60;
	struct times_date date;

	if (!times_is_set(time)) {
		snprintf(out, WORDS_MOMENT_SIZE, "-");
		return;
	}
	date = times_date_of(time.us + zone_s * TIMES_SECOND_US);
	snprintf(out, WORDS_MOMENT_SIZE, "%04d-%02u-%02uT%02u:%02u:%02u",
		 date.year % 10000, date.month % 100, date.day % 100,
		 date.hour % 100, date.minute % 100, date.second % 100);
	if (zone_s == 0)
		strcat(out, "Z");
	else
		snprintf(out + strlen(out), 7, "%c%02d:%02d",
			 zone_s < 0 ? '-' : '+', minutes / 60 % 100,
			 minutes % 60);
}

void
words_milli(struct text *text, int32_t milli)
{
	const uint32_t size = milli < 0 ? 0u - (uint32_t)milli
					: (uint32_t)milli;

	if (milli < 0)
		text_char(text, '-');
	text_u64(text, size / 1000);
	text_char(text, '.');
	text_padded(text, size % 1000, 3);
}

void
words_classes(struct text *text, uint32_t classes)
{
	const char *between = "";

	for (unsigned class = 1; class < RSIT_CLASS_COUNT; class ++) {
		if (!(classes & 1u << class))
			continue;
		text_add(text, between);
		text_add(text, rsit_class_name(class));
		between = ", ";
	}
}

void
words_sighting(struct text *text, const struct sighting *sighting)
{
	struct endpoint peer = {.addr = sighting->peer,
				.port = -1,
				.proto = sighting->proto};

	text_add(text, rsit_class_name(sighting->class));
	text_add(text, " from ");
	addr_format(text, &sighting->address);
	if (sighting->marks & SIGHTING_HAS_PEER) {
		text_add(text, " to ");
		if (sighting->marks & SIGHTING_HAS_PEER_PORT)
			peer.port = sighting->peer_port;
		endpoint_format(text, &peer);
	} else if (sighting->marks & SIGHTING_HAS_PEER_PORT) {
		text_add(text, " to port ");
		text_u64(text, sighting->peer_port);
	}
	text_add(text, ", said by ");
	text_add(text, sighting->origin);
	text_add(text, " (");
	text_add(text, sighting->detector);
	text_add(text, "), weight ");
	words_milli(text, sighting->weight_milli);
	if (sighting->marks & SIGHTING_SPOOFABLE)
		text_add(text, ", could be forged");
}

const char *
words_state(enum case_state state)
{
	static const char *const words[CASE_STATE_COUNT] = {
	    [CASE_WATCHING] = "too little is known to do anything",
	    [CASE_OPEN] = "enough was seen to look closer, nobody is told yet",
	    [CASE_NOTICED] = "the party was told",
	    [CASE_QUARANTINED] = "a measure is on the party's line",
	    [CASE_PROBATION] = "released, and watched whether it stays clean",
	    [CASE_CLOSED] = "over",
	    [CASE_HELD] = "automation is stopped, a person decides",
	    [CASE_DISMISSED] = "a person said it was a false alarm",
	    [CASE_MERGED] = "it goes on in another case"};

	return state > 0 && state < CASE_STATE_COUNT ? words[state] : "unknown";
}

/* By the rows of case/table.c; a test holds both together. */
static const char *const row_words[][2] = {
    {"known-already", "it is known already"},
    {"of-earlier-case", "it belongs to the case before"},
    {"of-ended-case", "it belongs to a case that has ended"},
    {"word-of-before", "it speaks of a time before the release"},
    {"held-seen", "the case is held: it is noted, and a person decides"},
    {"protected", "something was to be done, and the party is protected"},
    {"dismissed-lately", "a case of the party was dismissed lately"},
    {"common-cause", "too much rests on one cause this hour"},
    {"attack-with-proof", "it attacks, and the evidence is enough for a "
			  "measure"},
    {"enough-for-notice", "the evidence is enough for a notice"},
    {"no-channel", "the evidence is enough for a notice, and no channel "
		   "reaches the party"},
    {"notice-braked", "the evidence is enough for a notice, which can't go "
		      "out now"},
    {"attack-of-unknown", "an attack is in progress; who it is isn't certain "
			  "or the evidence isn't enough for a notice"},
    {"flood-seen", "a flood was seen"},
    {"seen", "it is noted; the evidence isn't enough for more"},
    {"attack-goes-on", "it attacks and was told"},
    {"attack-told-anew", "it attacks, and the notice before didn't arrive"},
    {"still-infected", "it is still infected after the grace of its notice"},
    {"garden-braked", "it is still infected, and a brake stops the measure"},
    {"attack-garden-braked", "it attacks, and a brake stops the measure"},
    {"second-notice", "it is still seen and the second notice is due"},
    {"told-anew", "the notice before didn't arrive"},
    {"noticed-seen", "it is noted; the party was told already"},
    {"line-moved", "the party has another line now"},
    {"quarantined-seen", "it is noted; the measure is on already"},
    {"relapse-attacking", "seen again after its release, and it attacks"},
    {"relapse-infected", "seen again after its release, and the grace is "
			 "over"},
    {"relapse-notice", "seen again after its release"},
    {"relapse-no-channel", "seen again after its release, and no channel "
			   "reaches the party"},
    {"relapse-braked", "seen again after its release, and the notice can't "
		       "go out now"},
    {"relapse-of-unknown", "an attack is in progress after its release"},
    {"probation-seen", "it is noted; alone it isn't enough for a relapse"},
    {"no-such-notice", "it is about a notice that the case doesn't have"},
    {"receipt-known", "it is known already"},
    {"next-channel", "the notice failed, and another channel is left"},
    {"notice-failed", "the notice failed, and no channel is left"},
    {"quarantined-untold", "the notice failed while the measure is on"},
    {"receipt", "it is noted"},
    {"measure-ended", "the measure has reached its end"},
    {"filter-ended", "a measure has reached its end"},
    {"silence-delivers", "the notice was accepted long enough ago and no "
			 "bounce came: it counts as delivered"},
    {"protected-later", "something was to be done, and the party is "
			"protected"},
    {"dismissed-lately-later", "a case of the party was dismissed lately"},
    {"common-cause-later", "too much rests on one cause this hour"},
    {"notice-late", "the notice that couldn't go out goes out now"},
    {"garden-late", "it is still infected after the grace of its notice"},
    {"attack-garden-late", "it attacks and was told"},
    {"second-notice-due", "it is still seen and the second notice is due"},
    {"told-anew-late", "the notice that couldn't go out goes out now"},
    {"noticed-braked", "something is to be done and can't be done now"},
    {"still-braked", "the notice still can't go out"},
    {"retry-idle", "what couldn't be done needn't be done any more"},
    {"went-quiet", "nothing was seen for long enough"},
    {"stayed-clean", "nothing was seen since the release for long enough"},
    {"held-by-person", "a person holds it"},
    {"resumed", "a person lets it go on"},
    {"self-spent", "the party has released itself as often as it may"},
    {"released-by-self", "the party released itself"},
    {"released-by-self-while-held", "the party released itself; what else is "
				    "to be done a person decides"},
    {"released", "a person released it"},
    {"filter-released", "a person released it"},
    {"nothing-to-release", "no measure is on"},
    {"dismissed", "a person said it was a false alarm"},
    {"no-such-sighting", "the case doesn't rest on that sighting"},
    {"wrongly-quarantined", "notice and measure rested on what was "
			    "withdrawn"},
    {"garden-baseless", "the measure rested on what was withdrawn"},
    {"wrongly-noticed", "the notice rested on what was withdrawn"},
    {"correct-later", "the notice rested on what was withdrawn"},
    {"held-baseless", "the measure rested on what was withdrawn"},
    {"open-baseless", "what is left isn't enough to look closer"},
    {"attack-withdrawn", "the attack was withdrawn"},
    {"withdrawn", "what is left stands"},
    {"told-by-day", "the evidence is enough for a notice, which waits for the "
		    "end of the quiet hours"},
    {"held-back", "it is still infected; by lot its measure is delayed, to see "
		  "whether measures help"},
    {"waits-for-day",
     "it is still infected; the measure waits for the end of the quiet hours"},
    {"waits-for-help",
     "it is still infected; the measure waits until somebody could help"},
    {"attack-under-measure",
     "it attacks under its measure: a stronger one begins"},
    {"ladder-climbed", "it is still infected under its measure: the next step "
		       "of its ladder begins"},
    {"relapse-waits-for-day", "seen again after its release; the measure waits "
			      "for the end of the quiet hours"},
    {"relapse-waits-for-help", "seen again after its release; the measure "
			       "waits until somebody could help"},
    {"relapse-told-by-day", "seen again after its release; the notice waits "
			    "for the end of the quiet hours"},
    {"next-channel-by-day", "the notice failed; the next channel waits for the "
			    "end of the quiet hours"},
    {"told-late", "the notice that had failed went out after all"},
    {"objection-eases", "nobody decided on the objection in time: the measure "
			"is eased until then"},
    {"ends-tomorrow", "the measure ends tomorrow: a person looks at it"},
    {"quiet-yet-contested",
     "nothing was seen for long enough, and an objection waits for its answer"},
    {"held-back-late", "it is still infected; by lot its measure is delayed, "
		       "to see whether measures help"},
    {"told-by-day-later",
     "the notice still waits for the end of the quiet hours"},
    {"waits-for-day-later", "it still waits for the end of the quiet hours"},
    {"waits-for-help-later",
     "the measure still waits until somebody could help"},
    {"restored-late", "the objection wasn't right: the measure is as it was"},
    {"restored-later",
     "the objection wasn't right; the measure waits until somebody could help"},
    {"restored-braked",
     "the objection wasn't right, and a brake stops the measure"},
    {"restored-common",
     "the objection wasn't right, and too much rests on one cause this hour"},
    {"hold-back-over", "the delay by lot is over"},
    {"no-such-line", "it is about a line that the case has nothing on"},
    {"line-known", "it is known already"},
    {"line-gone", "the line is another's now: what was on it is lifted"},
    {"line-left", "the line is another's now: what was on it is lifted"},
    {"line-ends", "the line's end is known"},
    {"resumed-by-one", "the same person said so twice"},
    {"resumed-by-two", "two persons let it go on"},
    {"first-person", "one person lets it go on, and a second one is needed"},
    {"self-in-writing",
     "the party has released itself and been helped as often as it may"},
    {"objection-known", "an objection waits already"},
    {"objected-early", "nothing was said or done that could be a mistake"},
    {"objected", "the subscriber says that it is a mistake: a person decides"},
    {"nothing-to-answer", "no objection waits"},
    {"objection-granted", "a person decided that the objection is right"},
    {"objection-denied-untold",
     "a person decided that the objection isn't right; without a notice the "
     "measure stays eased"},
    {"objection-denied-protected",
     "a person decided that the objection isn't right; the party is protected "
     "and the measure stays eased"},
    {"objection-denied-by-night",
     "a person decided that the objection isn't right; the measure waits until "
     "somebody could help"},
    {"objection-denied", "a person decided that the objection isn't right"},
    {"order-without-reason",
     "a person ordered a measure for no security reason"},
    {"order-of-nothing", "a person ordered what can't be ordered"},
    {"order-without-evidence",
     "a person ordered a measure, and the evidence isn't enough"},
    {"order-without-place",
     "a person ordered a measure, and no line is certain"},
    {"order-without-basis",
     "a person ordered a measure that nothing allows on this network"},
    {"order-contested", "a person ordered a measure while an objection waits"},
    {"order-unhelped",
     "a person ordered a measure at an hour when nobody could help"},
    {"order-untold",
     "a person ordered a measure on a party that can't be told"},
    {"ordered-by-one", "the same person said so twice"},
    {"first-person-orders",
     "one person orders a measure, and a second one is needed"},
    {"ordered-by-two", "two persons ordered a measure"},
    {"ordered", "a person ordered a measure"},
    {"merge-with-nothing", "there is no other case to go on in"},
    {"merge-contested", "a person merged it while an objection waits"},
    {"merged", "it goes on in another case: both are one customer's"},
    {"unlisted", "it can't happen in this state"}};

const char *
words_row(const char *row)
{
	for (size_t i = 0; i < sizeof(row_words) / sizeof(row_words[0]); i++)
		if (strcmp(row_words[i][0], row) == 0)
			return row_words[i][1];
	return row;
}
