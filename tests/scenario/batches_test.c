/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same input with the same seed, in other batches and with time let pass at
 * other moments, gives the same cases, bit by bit: every step's record, event
 * and actions are hashed in their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/sha256.h"
#include "detect/detect.h"
#include "detect/indicators.h"
#include "role/generate.h"
#include "role/indicator_files.h"
#include "role/replay_cases.h"
#include "sim/isp.h"

#define CONFIG_TEXT                    \
	"mode: live\nlive: [notice]\n" \
	"notice: { from: abuse@isp.example, phone: \"1\", maildir: mail }\n"

struct trail {
	struct replay_cases *cases;
	bool interrupts; /* lets time pass before each sighting as well */
	unsigned steps;
	uint8_t hash[SHA256_SIZE]; /* of the hash before and this step */
	uint8_t
	    bytes[SHA256_SIZE + CASE_RECORD_BYTES_MAX + CASE_EVENT_BYTES_MAX];
};

static void
take_step(void *context, const struct chain_output *output)
{
	const struct case_output *step = output->step;
	struct trail *trail = context;
	struct writer writer;

	writer_init(&writer, trail->bytes, sizeof(trail->bytes));
	writer_bytes(&writer, trail->hash, sizeof(trail->hash));
	case_record_encode(&writer, step->record);
	case_event_encode(&writer, step->event);
	for (size_t i = 0; i < step->action_count; i++) {
		writer_u8(&writer, (uint8_t)step->actions[i].kind);
		writer_u64(&writer, step->actions[i].notice.id);
		writer_u64(&writer, step->actions[i].measure.id);
	}
	assert_false(writer.failed);
	sha256(trail->bytes, writer.length, trail->hash);
	trail->steps++;
}

static void
take_sighting(void *context, const struct sighting *sighting)
{
	struct trail *trail = context;

	if (trail->interrupts)
		assert_int_equal(replay_cases_end(trail->cases,
						  sighting->known),
				 0);
	assert_int_equal(replay_cases_sighting(trail->cases, sighting), 0);
}

static char folder[] = "/tmp/lz-batches-XXXXXX";

static void
provider(struct isp_conf *conf)
{
	isp_conf_init(conf);
	assert_int_equal(times_parse(slice_of("2026-01-05T10:00:00Z"),
				     &conf->start.us),
			 0);
}

static struct conf *
configuration(void)
{
	static struct conf_errors errors;
	char path[64];
	struct generate_result result;
	struct isp_conf isp;
	struct conf *conf;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	provider(&isp);
	assert_int_equal(generate_files(folder, &isp, &result), 0);
	snprintf(path, sizeof(path), "%s/lazaret.yaml", folder);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_true(fputs(CONFIG_TEXT, file) >= 0);
	assert_int_equal(fclose(file), 0);
	if (conf_read(path, &conf, &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
	return conf;
}

static void
run(struct trail *trail, struct conf *conf, size_t batch, bool interrupts)
{
	static struct flow_record records[FLOW_BATCH_MAX];
	const struct replay_cases_conf cases = {.conf = conf,
						.seed = 5,
						.json = true,
						.out = fopen("/dev/null", "w"),
						.watch = take_step,
						.context = trail};
	uint64_t refused;
	struct indicator_list *list =
	    indicator_files_read(conf, (struct hash_key){1, 2}, &refused);
	struct detect_stats stats;
	struct isp_conf isp_conf;
	struct detect *detect;
	struct isp *isp;
	size_t count = 0;

	memset(trail, 0, sizeof(*trail));
	trail->interrupts = interrupts;
	trail->cases = replay_cases_new(&cases);
	assert_non_null(trail->cases);
	assert_non_null(list);
	conf->detect.indicators = list;
	detect = detect_new(&conf->detect);
	provider(&isp_conf);
	isp = isp_new(&isp_conf);
	while (isp_next(isp, &records[count])) {
		if (++count == batch) {
			detect_flows(detect, records, count, take_sighting,
				     trail);
			count = 0;
		}
	}
	detect_flows(detect, records, count, take_sighting, trail);
	detect_end(detect, take_sighting, trail);
	detect_stats(detect, &stats);
	assert_int_equal(replay_cases_end(trail->cases,
					  (struct at_event){
					      stats.record_time_us}),
			 0);
	detect_free(detect);
	isp_free(isp);
	indicator_list_free(list);
	replay_cases_free(trail->cases);
	fclose(cases.out);
}

static void
batches_change_nothing(void **state)
{
	static const size_t batches[] = {1, 7, 64, FLOW_BATCH_MAX};
	static struct trail first, other;
	struct conf *conf = configuration();
	char command[64];

	(void)state;
	run(&first, conf, 64, false);
	assert_true(first.steps > 20);
	for (size_t i = 0; i < sizeof(batches) / sizeof(*batches); i++) {
		run(&other, conf, batches[i], i % 2 == 1);
		assert_int_equal(other.steps, first.steps);
		assert_memory_equal(other.hash, first.hash, sizeof(first.hash));
	}
	conf_free(conf);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(batches_change_nothing),
	};

	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
