/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same input with the same seed, twice, in other batches and with time let
 * pass at other moments, gives the same cases, bit by bit: every step's record,
 * event and actions are hashed in their order.
 *
 * Of the invented provider, or with the argument "ctu13" of that capture.
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
#include "role/input.h"
#include "role/replay_cases.h"
#include "sim/isp.h"

#define FLOWS "data/traffic/ctu13-s11/capture20110818-2.binetflow.xz"
#define LIVE_TEXT                      \
	"mode: live\nlive: [notice]\n" \
	"notice: { from: abuse@isp.example, phone: \"1\", maildir: mail }\n"
#define CAMPUS_TEXT                                                           \
	"network: { name: campus, inside: [147.32.0.0/16], source_filtered: " \
	"true }\n"                                                            \
	"bindings: [{ csv: bindings.csv }]\n"                                 \
	"indicators: [{ csv: indicators.csv }]\n"                             \
	"detect: { lateness: 120s }\n"
/* One flooder and the bot are known, the other flooder isn't. */
#define CAMPUS_BINDINGS                                    \
	"address,port_first,port_last,party,start,end\n"   \
	"147.32.84.165,,,host-165,2011-01-01T00:00:00Z,\n" \
	"147.32.84.192,,,host-192,2011-01-01T00:00:00Z,\n"
#define CAMPUS_INDICATORS                                                  \
	"type,value,port,proto,family,source,last_seen\n"                  \
	"address,78.40.125.4,6667,tcp,rbot,example-list,2011-08-17T00:00:" \
	"00Z\n"

static char flows[8192]; /* empty: the invented provider */
static char folder[] = "/tmp/lz-batches-XXXXXX";
static struct flow_record *records;
static size_t count, room;

struct trail {
	struct replay_cases *cases;
	unsigned steps;
	uint8_t hash[SHA256_SIZE]; /* of the hash before and this step */
	uint8_t
	    bytes[SHA256_SIZE + CASE_RECORD_BYTES_MAX + CASE_EVENT_BYTES_MAX];
};

/* How a run differs. */
struct way {
	size_t batch;
	bool advances; /* time passes after each batch, not at the end alone */
};

static void
hash_string(struct writer *writer, const char *string)
{
	if (string)
		writer_bytes(writer, string, strlen(string) + 1);
}

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
	hash_string(&writer, step->row);
	hash_string(&writer, step->refused);
	hash_string(&writer, output->party_label);
	for (size_t i = 0; i < step->action_count; i++) {
		const struct case_action *action = &step->actions[i];

		writer_u8(&writer, (uint8_t)action->kind);
		writer_u8(&writer, action->would);
		writer_u64(&writer, action->notice.id);
		writer_u64(&writer, action->notice.code_bits);
		writer_u64(&writer, action->measure.id);
		writer_u64(&writer, (uint64_t)action->measure.expires.us);
		hash_string(&writer, action->measure.target);
		hash_string(&writer, action->text);
	}
	assert_false(writer.failed);
	sha256(trail->bytes, writer.length, trail->hash);
	trail->steps++;
}

static void
take_sighting(void *context, const struct sighting *sighting)
{
	struct trail *trail = context;

	assert_int_equal(replay_cases_sighting(trail->cases, sighting), 0);
}

static void
collect(void *context, const struct flow_record *more, size_t n)
{
	(void)context;
	if (count + n > room) {
		room = room * 2 + n + 4096;
		records = realloc(records, room * sizeof(*records));
		assert_non_null(records);
	}
	memcpy(records + count, more, n * sizeof(*more));
	count += n;
}

/* As a live exporter would deliver them. */
static int
by_export(const void *a, const void *b)
{
	const struct flow_record *x = a, *y = b;

	if (x->exported.us != y->exported.us)
		return x->exported.us < y->exported.us ? -1 : 1;
	return memcmp(x, y, sizeof(*x));
}

static void
write_file(const char *name, const char *mode, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, mode);
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
campus(void)
{
	struct input_conf input = {.sink = collect};
	struct input_result result;

	assert_int_equal(input_file(flows, &input, &result), 0);
	qsort(records, count, sizeof(*records), by_export);
	write_file("lazaret.yaml", "w", CAMPUS_TEXT);
	write_file("bindings.csv", "w", CAMPUS_BINDINGS);
	write_file("indicators.csv", "w", CAMPUS_INDICATORS);
}

static void
provider(void)
{
	struct generate_result result;
	struct isp_conf conf;
	struct flow_record record;
	struct isp *isp;

	isp_conf_init(&conf);
	assert_int_equal(times_parse(slice_of("2026-01-05T10:00:00Z"),
				     &conf.start.us),
			 0);
	assert_int_equal(generate_files(folder, &conf, &result), 0);
	isp = isp_new(&conf);
	assert_non_null(isp);
	while (isp_next(isp, &record))
		collect(NULL, &record, 1);
	isp_free(isp);
}

static struct conf *
configuration(void)
{
	static struct conf_errors errors;
	char path[64];
	struct conf *conf;

	write_file("lazaret.yaml", "a", LIVE_TEXT);
	snprintf(path, sizeof(path), "%s/lazaret.yaml", folder);
	if (conf_read(path, &conf, &errors) != 0)
		fail_msg("%s", errors.errors[0].message);
	return conf;
}

static void
let_pass(struct trail *trail, const struct detect *detect)
{
	struct detect_stats stats;

	detect_stats(detect, &stats);
	assert_int_equal(replay_cases_end(trail->cases,
					  (struct at_event){
					      stats.record_time_us}),
			 0);
}

static void
run(struct trail *trail, struct conf *conf, const struct way *way)
{
	const struct replay_cases_conf cases = {.conf = conf,
						.seed = 5,
						.json = true,
						.out = fopen("/dev/null", "w"),
						.watch = take_step,
						.context = trail};
	struct indicator_list *list =
	    indicator_files_read(conf, (struct hash_key){1, 2}, NULL);
	struct detect *detect;
	size_t taken;

	memset(trail, 0, sizeof(*trail));
	trail->cases = replay_cases_new(&cases);
	assert_non_null(trail->cases);
	assert_non_null(list);
	conf->detect.indicators = list;
	detect = detect_new(&conf->detect);
	assert_non_null(detect);
	for (size_t at = 0; at < count; at += taken) {
		taken = way->batch < count - at ? way->batch : count - at;
		detect_flows(detect, records + at, taken, take_sighting, trail);
		if (way->advances)
			let_pass(trail, detect);
	}
	detect_end(detect, take_sighting, trail);
	let_pass(trail, detect);
	detect_free(detect);
	indicator_list_free(list);
	replay_cases_free(trail->cases);
	fclose(cases.out);
}

static void
batches_change_nothing(void **state)
{
	static const struct way ways[] = {{64, false},
					  {1, true},
					  {7, false},
					  {64, true},
					  {FLOW_BATCH_MAX, true}};
	static struct trail first, other;
	struct conf *conf = configuration();

	(void)state;
	run(&first, conf, &ways[0]);
	assert_true(first.steps >= 8);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		run(&other, conf, &ways[i]);
		assert_int_equal(other.steps, first.steps);
		assert_memory_equal(other.hash, first.hash, sizeof(first.hash));
	}
	conf_free(conf);
}

static int
setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	if (*flows)
		campus();
	else
		provider();
	return 0;
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	free(records);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int
main(int argc, char **argv)
{
	const char *shared = getenv("LAZARET_SHARED");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(batches_change_nothing),
	};

	if (argc > 1 && strcmp(argv[1], "ctu13") == 0) {
		if (shared)
			snprintf(flows, sizeof(flows), "%s/" FLOWS, shared);
		else
			snprintf(flows, sizeof(flows), "%s/../shared/" FLOWS,
				 getenv("LAZARET_SOURCE"));
		if (access(flows, R_OK) != 0) {
			puts("skipped: no test material (LAZARET_SHARED)");
			return 77;
		}
	}
	if (crypto_init() != 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
