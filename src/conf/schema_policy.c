/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of `policy`, of `live` and of `protected`. */
#include <string.h>

#include "base/memory.h"
#include "conf/schema_rows.h"

static const struct schema_name attack_measures[] = {{"garden", MEASURE_GARDEN},
						     {"limit", MEASURE_LIMIT},
						     {"block", MEASURE_BLOCK},
						     {NULL, 0}};
static const struct schema_name measures[] = {{"filter", MEASURE_FILTER},
					      {"limit", MEASURE_LIMIT},
					      {"garden", MEASURE_GARDEN},
					      {"block", MEASURE_BLOCK},
					      {NULL, 0}};
static const struct schema_name party_measures[] = {{"garden", MEASURE_GARDEN},
						    {"limit", MEASURE_LIMIT},
						    {NULL, 0}};

/* live */

static void
live_take(struct reading *reading, void *base, const void *item,
	  const struct node *node)
{
	struct conf *conf = base;
	const struct conf_act *act = item;

	if (act->act != ACT_NOTICE && !conf->policy.essential_set) {
		conf_errors_add(reading->errors, node->line, node->column,
				"live: '%.40s' is a measure and 'essential' is "
				"empty; expected the prefixes no measure may "
				"cut (voice, emergency, DNS)",
				node->value.at);
		return;
	}
	for (unsigned i = 0; i < RSIT_CLASS_COUNT; i++)
		if (act->class == RSIT_NONE || act->class == i)
			conf->policy.live[act->act][i] = true;
}

static bool
live_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;
	struct conf_act *act = item;

	for (uint8_t i = 0; i < ACT_COUNT; i++) {
		/* The class "none" is only on where the act is on for all. */
		bool all = conf->policy.live[i][RSIT_NONE];

		for (uint8_t j = 0; j < (all ? 1 : RSIT_CLASS_COUNT); j++)
			if (conf->policy.live[i][j] && index-- == 0) {
				*act = (struct conf_act){i,
							 all ? RSIT_NONE : j};
				return true;
			}
	}
	return false;
}

static const struct schema act_item = {.kind = KIND_ACT,
				       .size = sizeof(struct conf_act)};
const struct schema_list schema_live_list = {sizeof(struct conf_act), &act_item,
					     false, live_take, live_give};

/* protected */

/* Kept sorted: case/ searches them. */
static void
protected_take(struct reading *reading, void *base, const void *item,
	       const struct node *node)
{
	struct conf *conf = base;
	const char **labels = (const char **)conf->policy.protected_labels;
	size_t count = conf->policy.protected_count, at = 0;
	char *copy = memory_new(strlen(item) + 1, 1);

	if (!copy) {
		reading->no_memory = true;
		return;
	}
	memcpy(copy, item, strlen(item));
	while (at < count && strcmp(labels[at], copy) < 0)
		at++;
	if (at < count && strcmp(labels[at], copy) == 0) {
		conf_errors_add(reading->errors, node->line, node->column,
				"protected: '%.60s' stands there twice", copy);
		memory_free(copy);
		return;
	}
	if (!schema_append(reading, (void **)&labels, &count,
			   CASE_PROTECTED_MAX, sizeof(copy), &copy, node)) {
		memory_free(copy);
		return;
	}
	memmove(labels + at + 1, labels + at,
		(count - 1 - at) * sizeof(*labels));
	labels[at] = copy;
	conf->policy.protected_labels = labels;
	conf->policy.protected_count = (uint32_t)count;
}

static bool
protected_give(const void *base, size_t index, void *item)
{
	const struct conf *conf = base;

	if (index >= conf->policy.protected_count)
		return false;
	return text_copy(item, PARTY_LABEL_SIZE,
			 slice_of(conf->policy.protected_labels[index]));
}

static const struct schema label_item = {.kind = KIND_TEXT,
					 .size = PARTY_LABEL_SIZE};
const struct schema_list schema_protected_list = {PARTY_LABEL_SIZE, &label_item,
						  false, protected_take,
						  protected_give};

/* policy.factors */

static void
factor_take(struct reading *reading, void *base, const void *item,
	    const struct node *node)
{
	struct case_policy *policy = &((struct conf *)base)->policy;
	const struct case_factor *factor = item;
	const char *wrong = NULL;

	if (schema_refuse_reason(reading, node, slice_of(factor->name),
				 "policy.factors"))
		return;
	for (uint32_t i = 0; i < policy->factor_count; i++)
		if (strcmp(policy->factors[i].name, factor->name) == 0)
			wrong = "the name stands there twice";
	if (!wrong && policy->factor_count == CASE_FACTORS_MAX)
		wrong = "more than 32 of these";
	if (wrong) {
		conf_errors_add(reading->errors, node->line, node->column,
				"policy.factors: '%s': %s", factor->name,
				wrong);
		return;
	}
	memcpy(&policy->factors[policy->factor_count++], factor,
	       sizeof(*factor));
}

static bool
factor_give(const void *base, size_t index, void *item)
{
	const struct case_policy *policy = &((const struct conf *)base)->policy;

	if (index >= policy->factor_count)
		return false;
	memcpy(item, &policy->factors[index], sizeof(policy->factors[index]));
	return true;
}

static const struct schema factor_rows[] = {
    {.name = "name",
     .kind = KIND_TEXT,
     .size = SIGHTING_NAME_SIZE,
     .offset = offsetof(struct case_factor, name),
     .required = true,
     .help = "An origin (a feed, a reporter, list:NAME) or a detector."},
    {.name = "factor",
     .kind = KIND_SCORE,
     .max = 2000,
     .offset = offsetof(struct case_factor, factor_milli),
     .required = true,
     .help = "What it says counts so much of what it says: 0.5 is half, 0 "
	     "nothing."},
    END};
static const struct schema factor_item = {.kind = KIND_GROUP,
					  .rows = factor_rows};
static const struct schema_list factors_list = {sizeof(struct case_factor),
						&factor_item, false,
						factor_take, factor_give};

/* policy.two_persons */

static void
two_persons_begin(void *base)
{
	((struct conf *)base)->policy.two_persons = 0;
}

static void
two_persons_take(struct reading *reading, void *base, const void *item,
		 const struct node *node)
{
	(void)reading;
	(void)node;
	((struct conf *)base)->policy.two_persons |= 1u
						     << *(const uint8_t *)item;
}

static bool
two_persons_give(const void *base, size_t index, void *item)
{
	const uint32_t kinds = ((const struct conf *)base)->policy.two_persons;

	for (uint8_t kind = 1; kind < MEASURE_KIND_COUNT; kind++)
		if (kinds >> kind & 1 && index-- == 0) {
			memcpy(item, &kind, 1);
			return true;
		}
	return false;
}

static const struct schema measure_item = {.kind = KIND_CHOICE,
					   .size = 1,
					   .names = measures};
static const struct schema_list two_persons_list = {1, &measure_item, false,
						    two_persons_take,
						    two_persons_give};

/* policy */

static const struct schema brake_rows[] = {
    ROW("notices_hour", KIND_NUMBER, policy.brake_notices_hour, 1, 1000000,
	"1000", "Notices an hour before automation stops."),
    ROW("measures_hour", KIND_NUMBER, policy.brake_measures_hour, 1, 1000000,
	"50", "Measures an hour before automation stops."),
    ROW("node_measures_hour", KIND_NUMBER, policy.brake_node_measures_hour, 1,
	1000000, "20",
	"Measures an hour of one access node before automation stops there."),
    ROW("share", KIND_SHARE, policy.brake_share_ppm, 0, 1000000, "0.05%",
	"Share of known parties under a measure before automation stops."),
    ROW("share_min", KIND_NUMBER, policy.brake_share_min, 0, 1000000, "5",
	"But so many parties always may be under a measure."),
    ROW("cause_notices_hour", KIND_NUMBER, policy.cause_notices_hour, 1,
	1000000, "20", "Notices an hour that may rest on one common cause."),
    ROW("cause_measures_hour", KIND_NUMBER, policy.cause_measures_hour, 1,
	1000000, "5", "Measures an hour that may rest on one common cause."),
    END};

const struct schema schema_policy_rows[] = {
    {.name = "version",
     .kind = KIND_NUMBER,
     AT(policy.version),
     .min = 1,
     .max = UINT32_MAX,
     .help = "Your own count of this policy's versions; printed beside its "
	     "hash."},
    ROW("notice_at", KIND_SCORE, policy.notice_at_milli, 1000, 100000, "5",
	"Score from which the party is told."),
    ROW("measure_at", KIND_SCORE, policy.measure_at_milli, 1000, 100000, "11",
	"Score from which a party may be limited."),
    ROW("spoofable_max", KIND_SCORE, policy.spoofable_max_milli, 0, 4000, "1.5",
	"Most that traffic an outsider could have forged may count."),
    ROW("unauthenticated_max", KIND_SCORE, policy.unauthenticated_max_milli, 0,
	4000, "3", "Most that unauthenticated reporters together may count."),
    ROW("item_span", KIND_DURATION, policy.item_span_us, HOUR, 7 * DAY, "20h",
	"Sightings of one origin and class within this are one item."),
    ROW("item_whole", KIND_DURATION, policy.item_whole_us, HOUR, 30 * DAY,
	"48h", "How long an item keeps its full weight."),
    ROW("item_half", KIND_DURATION, policy.item_half_us, HOUR, 365 * DAY, "7d",
	"Then it halves in this time."),
    ROW("grace", KIND_DURATION, policy.grace_us, HOUR, 90 * DAY, "3d",
	"Time to act after a delivered notice."),
    ROW("second_notice", KIND_DURATION, policy.second_notice_us, HOUR, 90 * DAY,
	"3d", "When the second notice goes, by another channel."),
    ROW("accepted", KIND_DURATION, policy.accepted_us, HOUR, 30 * DAY, "24h",
	"A notice accepted and not bounced for this long counts as delivered."),
    ROW("filter", KIND_DURATION, policy.filter_us, MINUTE, 6 * HOUR, "30m",
	"How long a filter of an attack lasts, renewed while it does."),
    ROW("attack_fresh", KIND_DURATION, policy.attack_fresh_us, 10 * SEC, HOUR,
	"1m", "An attack is in progress if seen this lately."),
    ROW("attack_minutes", KIND_NUMBER, policy.attack_minutes, 1, 1440, "3",
	"Further minutes of attack after the notice that lead to a garden."),
    ROW("garden", KIND_DURATION, policy.garden_us, HOUR, 30 * DAY, "30d",
	"When a garden or limit ends by itself."),
    ROW("probation", KIND_DURATION, policy.probation_us, DAY, 365 * DAY, "14d",
	"Quiet time after which a case closes."),
    ROW("retry", KIND_DURATION, policy.retry_us, 10 * MINUTE, DAY, "1h",
	"When what a brake stopped is tried again."),
    ROW("self_releases", KIND_NUMBER, policy.self_releases, 0,
	CASE_SELF_RELEASES_MAX, "2", "How often a party may release itself."),
    ROW("self_release_span", KIND_DURATION, policy.self_release_span_us, DAY,
	730 * DAY, "90d", "In this time."),
    {.name = "party_measure",
     .kind = KIND_CHOICE,
     .names = party_measures,
     .offset = offsetof(struct conf, policy.party_measure),
     .size = sizeof(((struct conf *)0)->policy.party_measure),
     .standard = "garden",
     .help = "What a party that stays infected is put in."},
    {.name = "attack_measure",
     .kind = KIND_CHOICE,
     .names = attack_measures,
     AT(policy.attack_measure),
     .standard = "garden",
     .help = "What a party that goes on attacking is put in."},
    {.name = "ladders",
     .kind = KIND_LIST,
     .list = &schema_ladders_list,
     .expected = "a list such as [{ classes: [scanner], steps: [{ notice: "
		 "mail }, { measure: limit, after: 3d }] }]",
     .help = "What is tried step by step, by class. Other classes: a notice, "
	     "another one after second_notice, then party_measure after "
	     "grace."},
    {.name = "factors",
     .kind = KIND_LIST,
     .list = &factors_list,
     .expected = "a list such as [{ name: feed-a, factor: 0.5 }]",
     .help = "How much of what an origin or a detector says counts."},
    {.name = "hours",
     .kind = KIND_GROUP,
     .rows = schema_hours_rows,
     .help = "Hours of people: when somebody can help, when nobody is "
	     "disturbed."},
    ROW("objection", KIND_DURATION, policy.objection_us, 10 * MINUTE, 4 * HOUR,
	"4h",
	"Staffed time in which a person answers an objection; after it the "
	"measure falls back to a limit."),
    {.name = "auto_release",
     .kind = KIND_CHOICE,
     .names = schema_yes_no,
     AT(policy.auto_release),
     .standard = "true",
     .help = "false: a person is asked a day before a measure ends; it ends "
	     "all the same."},
    ROW("approval", KIND_DURATION, policy.approval_us, 10 * MINUTE, 7 * DAY,
	"24h",
	"Where two persons are needed: how long the first one's word "
	"waits for the second's."),
    {.name = "two_persons",
     .kind = KIND_LIST,
     .list = &two_persons_list,
     .begin = two_persons_begin,
     .expected = "a list of measures such as [block]",
     .help = "Measures ordered by hand that two different persons must say; "
	     "block where not said. About a protected party it is always "
	     "two."},
    {.name = "trial",
     .kind = KIND_GROUP,
     .rows = schema_trial_rows,
     .help = "Does the measure help? A random share of parties is measured "
	     "later. Off unless its legal basis is recorded."},
    ROW("filters_max", KIND_NUMBER, policy.filters_max, 1, 8, "4",
	"Attack tuples filtered at a time for one case."),
    {.name = "brakes",
     .kind = KIND_GROUP,
     .rows = brake_rows,
     .help = "Where automation stops and a person decides. Releases go on."},
    END};
