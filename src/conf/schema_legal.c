/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of what needs a legal basis: each network that is watched
 * (`network.legal_basis`), and a trial (`policy.trial`).
 */
#include <stdio.h>
#include <string.h>

#include "conf/schema_rows.h"

static const struct schema_name kinds[] = {{"contract", BASIS_CONTRACT},
					   {"protection", BASIS_PROTECTION},
					   {"statute", BASIS_STATUTE},
					   {"consent", BASIS_CONSENT},
					   {NULL, 0}};

/* A slip of the hand would record a basis for somebody else's network. */
static bool
is_ours(const struct conf *conf, const struct prefix *network)
{
	for (size_t i = 0; i < conf->inside_count; i++) {
		const struct prefix *inside = &conf->inside_items[i].prefix;

		if (prefix_contains(inside, &network->addr) ||
		    prefix_contains(network, &inside->addr))
			return true;
	}
	return false;
}

static const char *
wrong_basis(const struct conf *conf, const struct case_basis *basis)
{
	const struct case_policy *policy = &conf->policy;

	if (basis->until_us <= basis->from_us)
		return "'until' is before 'from'; expected the last day on "
		       "which it holds";
	if (!is_ours(conf, &basis->network))
		return "the network isn't of network.inside; expected one of "
		       "ours";
	for (uint32_t i = 0; i < policy->basis_count; i++)
		if (prefix_equal(&policy->bases[i].network, &basis->network) &&
		    policy->bases[i].from_us < basis->until_us &&
		    basis->from_us < policy->bases[i].until_us)
			return "the network has another basis at the same "
			       "time; expected one, or dates that don't "
			       "overlap";
	return NULL;
}

static void
basis_take(struct reading *reading, void *base, const void *item,
	   const struct node *node)
{
	struct conf *conf = base;
	struct case_policy *policy = &conf->policy;
	struct case_basis basis;
	const char *wrong;

	memcpy(&basis, item, sizeof(basis));
	if (!basis.until_us)
		basis.until_us = INT64_MAX;
	wrong = wrong_basis(conf, &basis);
	if (!wrong && policy->basis_count == CASE_BASES_MAX)
		wrong = "more than 16; take out those that have expired";
	if (wrong) {
		conf_errors_add(reading->errors, node->line, node->column,
				"network.legal_basis: %s", wrong);
		return;
	}
	policy->bases[policy->basis_count++] = basis;
}

static bool
basis_give(const void *base, size_t index, void *item)
{
	const struct case_policy *policy = &((const struct conf *)base)->policy;
	struct case_basis *basis = item;

	if (index >= policy->basis_count)
		return false;
	*basis = policy->bases[index];
	if (basis->until_us == INT64_MAX)
		basis->until_us = 0;
	return true;
}

#define BASIS(member)                                  \
	.offset = offsetof(struct case_basis, member), \
	.size = sizeof(((struct case_basis *)0)->member)
static const struct schema basis_rows[] = {
    {.name = "network",
     .kind = KIND_PREFIX,
     BASIS(network),
     .required = true,
     .help = "For these addresses; the longest prefix that has one counts."},
    {.name = "basis",
     .kind = KIND_CHOICE,
     BASIS(kind),
     .names = kinds,
     .required = true,
     .help = "contract: the customer agreed; protection: the provider's right "
	     "to protect its network; statute: a law or an order; consent: "
	     "each subscriber's own."},
    {.name = "from",
     .kind = KIND_DATE,
     BASIS(from_us),
     .required = true,
     .help = "First day on which it holds (UTC)."},
    {.name = "until",
     .kind = KIND_LAST_DAY,
     BASIS(until_us),
     .help = "Last day on which it holds (UTC); where not said, it has no "
	     "end."},
    {.name = "reference",
     .kind = KIND_TEXT,
     BASIS(reference),
     .required = true,
     .help = "Where it is written.",
     .example = "terms of service, section 7"},
    END};
static const struct schema basis_item = {.kind = KIND_GROUP,
					 .rows = basis_rows};
const struct schema_list schema_bases_list = {sizeof(struct case_basis),
					      &basis_item, false, basis_take,
					      basis_give};

const struct schema schema_trial_rows[] = {
    ROW("hold_back", KIND_SHARE, policy.hold_back.share_ppm, 0,
	CASE_HOLD_BACK_PPM_MAX, "0%",
	"Share of those whom a measure would meet that are measured later, by "
	"chance. Their notices go out as always, and an attack ends it."),
    {.name = "span",
     .kind = KIND_DURATION,
     AT(policy.hold_back.span_us),
     .min = HOUR,
     .max = CASE_HOLD_BACK_US_MAX,
     .help = "How much later."},
    TEXT_ROW("basis", policy.hold_back.basis,
	     "What allows the trial and who signed it.",
	     .example = "board of ethics, decision 4/2026"),
    {.name = "until",
     .kind = KIND_LAST_DAY,
     AT(policy.hold_back.until_us),
     .help = "Last day of that basis (UTC); nobody is held back after it."},
    END};

void
schema_trial_check(const struct conf *conf, const struct node *root,
		   struct conf_errors *errors)
{
	const struct case_hold_back *trial = &conf->policy.hold_back;
	const struct node *node = node_find(node_find(root, "policy"), "trial");
	const char *missing = !trial->basis[0]   ? "basis"
			      : !trial->until_us ? "until"
			      : !trial->span_us  ? "span"
						 : NULL;

	if (node && trial->share_ppm && missing)
		conf_errors_add(
		    errors, node->line, node->column,
		    "policy.trial: '%s' is missing; a trial needs basis, until "
		    "and span: expected for example { hold_back: 5%%, span: "
		    "14d, basis: \"decision 4/2026\", until: 2027-01-31 }",
		    missing);
}
