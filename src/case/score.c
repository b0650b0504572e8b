/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items: grouped by origin and class, cut every 20 hours, weighed, halved.
 *
 * half_table[h] is 2^31 * 2^(-h/168), rounded: one half-life in 168 steps (an
 * hour each where it is 7 days).  The test recomputes it.
 */
#include <string.h>

#include "case/score.h"

#define HALF_STEPS 168
#define HALF_SHIFT 31
#define OTHERS_PART 5 /* each other sighting counts a fifth */
#define OTHERS_CAP 2  /* together at most half of the strongest */

static const uint32_t half_table[HALF_STEPS] = {
    2147483648u, 2138641650u, 2129836057u, 2121066721u, 2112333491u,
    2103636219u, 2094974757u, 2086348957u, 2077758673u, 2069203759u,
    2060684068u, 2052199456u, 2043749779u, 2035334892u, 2026954652u,
    2018608917u, 2010297545u, 2002020393u, 1993777322u, 1985568190u,
    1977392859u, 1969251188u, 1961143040u, 1953068276u, 1945026759u,
    1937018351u, 1929042918u, 1921100322u, 1913190429u, 1905313104u,
    1897468213u, 1889655622u, 1881875199u, 1874126811u, 1866410325u,
    1858725612u, 1851072539u, 1843450976u, 1835860795u, 1828301865u,
    1820774058u, 1813277246u, 1805811301u, 1798376097u, 1790971505u,
    1783597402u, 1776253660u, 1768940155u, 1761656763u, 1754403359u,
    1747179820u, 1739986023u, 1732821846u, 1725687166u, 1718581863u,
    1711505815u, 1704458901u, 1697441002u, 1690451999u, 1683491772u,
    1676560203u, 1669657173u, 1662782566u, 1655936265u, 1649118152u,
    1642328112u, 1635566029u, 1628831788u, 1622125275u, 1615446374u,
    1608794974u, 1602170959u, 1595574218u, 1589004639u, 1582462109u,
    1575946517u, 1569457752u, 1562995704u, 1556560262u, 1550151318u,
    1543768761u, 1537412484u, 1531082379u, 1524778336u, 1518500250u,
    1512248013u, 1506021519u, 1499820661u, 1493645335u, 1487495435u,
    1481370857u, 1475271496u, 1469197248u, 1463148010u, 1457123679u,
    1451124152u, 1445149328u, 1439199104u, 1433273380u, 1427372054u,
    1421495026u, 1415642196u, 1409813464u, 1404008732u, 1398227899u,
    1392470869u, 1386737542u, 1381027822u, 1375341611u, 1369678812u,
    1364039328u, 1358423065u, 1352829926u, 1347259816u, 1341712641u,
    1336188305u, 1330686715u, 1325207777u, 1319751397u, 1314317484u,
    1308905945u, 1303516686u, 1298149617u, 1292804647u, 1287481684u,
    1282180637u, 1276901417u, 1271643933u, 1266408096u, 1261193818u,
    1256001008u, 1250829579u, 1245679443u, 1240550512u, 1235442699u,
    1230355916u, 1225290078u, 1220245098u, 1215220889u, 1210217367u,
    1205234447u, 1200272043u, 1195330072u, 1190408448u, 1185507088u,
    1180625909u, 1175764828u, 1170923762u, 1166102628u, 1161301345u,
    1156519830u, 1151758003u, 1147015782u, 1142293086u, 1137589835u,
    1132905950u, 1128241350u, 1123595956u, 1118969688u, 1114362469u,
    1109774219u, 1105204861u, 1100654317u, 1096122509u, 1091609360u,
    1087114793u, 1082638732u, 1078181101u,
};

int32_t
case_decay(int32_t value_milli, int64_t age_us,
	   const struct case_policy *policy)
{
	int64_t over_us = age_us - policy->item_whole_us;
	int64_t steps, halvings;

	if (over_us <= 0 || policy->item_half_us <= 0)
		return value_milli;
	if (over_us / policy->item_half_us >= HALF_SHIFT)
		return 0;
	steps = over_us * HALF_STEPS / policy->item_half_us;
	halvings = steps / HALF_STEPS;
	/* Division, not a shift: it rounds towards nothing for both signs. */
	return (int32_t)((int64_t)value_milli * half_table[steps % HALF_STEPS] /
			 (INT64_C(1) << (HALF_SHIFT + halvings)));
}

bool
case_counts(const struct case_sighting *sighting, enum case_count which)
{
	if (which == CASE_COUNT_ALL)
		return true;
	if (sighting->certainty != CERTAINTY_CERTAIN)
		return false;
	return which == CASE_COUNT_CERTAIN || sighting->role == ROLE_INFECTED ||
	       sighting->role == ROLE_C2;
}

static int32_t
magnitude(int32_t value)
{
	return value < 0 ? -value : value;
}

/* Where the newest item of a key was last: most sightings are of few keys. */
#define PLACES 32
#define PLACES_SHIFT 27
_Static_assert(UINT32_MAX >> PLACES_SHIFT == PLACES - 1, "one place each");
struct places {
	uint16_t newest[PLACES]; /* index + 1; 0: there is none */
};

static size_t
place_of(const struct case_sighting *sighting)
{
	return (sighting->origin_hash ^ sighting->class * 0x9e3779b9u) >>
	       PLACES_SHIFT;
}

static bool
is_of(const struct case_item *item, const struct case_sighting *sighting)
{
	return item->origin_hash == sighting->origin_hash &&
	       item->class == sighting->class;
}

/* The newest item of the sighting's key; NULL: there is none yet. */
static struct case_item *
newest_item(struct case_items *items, const struct places *places,
	    const struct case_sighting *sighting)
{
	const size_t known = places->newest[place_of(sighting)];

	/* Nothing was ever put where its key belongs. */
	if (known == 0)
		return NULL;
	if (is_of(&items->items[known - 1], sighting))
		return &items->items[known - 1];
	for (size_t i = items->count; i-- > 0;)
		if (is_of(&items->items[i], sighting))
			return &items->items[i];
	return NULL;
}

/* The item a sighting belongs to: the newest of its key, if still open. */
static struct case_item *
open_item(struct case_items *items, struct places *places,
	  const struct case_sighting *sighting,
	  const struct case_policy *policy)
{
	struct case_item *item = newest_item(items, places, sighting);

	if (item && sighting->time.us - item->first.us < policy->item_span_us)
		return item;
	item = &items->items[items->count++];
	*item = (struct case_item){.origin_hash = sighting->origin_hash,
				   .class = sighting->class,
				   .first = sighting->time};
	places->newest[place_of(sighting)] = (uint16_t)items->count;
	return item;
}

static void
add_sighting(struct case_item *item, const struct case_sighting *sighting)
{
	int32_t weight = sighting->weight_milli;
	bool unauthenticated = sighting->marks & SIGHTING_UNAUTHENTICATED;
	bool sound = !(sighting->marks & SIGHTING_SPOOFABLE);
	bool sinkhole = sighting->marks & SIGHTING_SINKHOLE &&
			sighting->marks & SIGHTING_ESTABLISHED;

	item->last = sighting->time;
	item->unauthenticated |= unauthenticated;
	if (weight > 0 && sound) {
		item->sound = true;
		item->measured |= sighting->own ||
				  (sinkhole && !unauthenticated);
	}
	if (magnitude(weight) > magnitude(item->strongest_milli)) {
		item->others_milli += item->strongest_milli / OTHERS_PART;
		item->strongest_milli = weight;
	} else {
		item->others_milli += weight / OTHERS_PART;
	}
}

static void
value_item(struct case_item *item, const struct case_policy *policy,
	   struct at_event now)
{
	int64_t cap = magnitude(item->strongest_milli) / OTHERS_CAP;
	int64_t others = item->others_milli;

	if (others > cap)
		others = cap;
	if (others < -cap)
		others = -cap;
	item->value_milli =
	    case_decay((int32_t)(item->strongest_milli + others),
		       now.us - item->last.us, policy);
}

void
case_items(const struct case_record *record, const struct case_policy *policy,
	   enum case_count which, struct at_event after, struct at_event now,
	   struct case_items *items)
{
	struct places places = {{0}};

	items->count = 0;
	for (uint32_t i = 0; i < record->sighting_count; i++) {
		const struct case_sighting *sighting = &record->sightings[i];

		if (!case_counts(sighting, which) ||
		    sighting->time.us <= after.us)
			continue;
		add_sighting(open_item(items, &places, sighting, policy),
			     sighting);
	}
	for (size_t i = 0; i < items->count; i++)
		value_item(&items->items[i], policy, now);
}

int32_t
case_items_score(const struct case_items *items,
		 const struct case_policy *policy)
{
	int64_t sum = 0, unauthenticated = 0;

	for (size_t i = 0; i < items->count; i++) {
		if (items->items[i].unauthenticated)
			unauthenticated += items->items[i].value_milli;
		else
			sum += items->items[i].value_milli;
	}
	if (unauthenticated > policy->unauthenticated_max_milli)
		unauthenticated = policy->unauthenticated_max_milli;
	sum += unauthenticated;
	if (sum > INT32_MAX)
		return INT32_MAX;
	return sum < INT32_MIN ? INT32_MIN : (int32_t)sum;
}

int32_t
case_score(const struct case_record *record, const struct case_policy *policy,
	   struct at_event now)
{
	struct case_items items;

	case_items(record, policy, CASE_COUNT_ALL, times_unset(), now, &items);
	return case_items_score(&items, policy);
}
