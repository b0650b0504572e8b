/* SPDX-License-Identifier: Apache-2.0 */
/* Sightings: canonical bytes as the committed vectors have them, and a stored
 * form that comes back whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "crypto/sha256.h"
#include "fact/sighting.h"

#define HEX_SIZE (2 * SIGHTING_BYTES_MAX + 1)
#define VECTORS 6

struct vector {
	char name[64];
	struct sighting sighting;
	char canonical[HEX_SIZE], id[HEX_SIZE], key[HEX_SIZE];
	bool any;
};

static void
hex_of(const uint8_t *bytes, size_t length, char hex[HEX_SIZE])
{
	struct text text;

	text_init(&text, hex, HEX_SIZE);
	text_hex(&text, bytes, length);
	assert_false(text.full);
}

static void
check_vector(struct vector *vector)
{
	struct sighting *sighting = &vector->sighting;
	uint8_t bytes[SIGHTING_BYTES_MAX], key[SIGHTING_ID_SIZE];
	char hex[HEX_SIZE];
	struct writer writer;

	print_message("vector %s\n", vector->name);
	writer_init(&writer, bytes, sizeof(bytes));
	sighting_canonical(&writer, sighting);
	assert_false(writer.failed);
	hex_of(bytes, writer.length, hex);
	assert_string_equal(hex, vector->canonical);
	sighting_seal(sighting);
	hex_of(sighting->id, SIGHTING_ID_SIZE, hex);
	assert_string_equal(hex, vector->id);
	sighting_fact_key(sighting, key);
	hex_of(key, SIGHTING_ID_SIZE, hex);
	assert_string_equal(hex, vector->key);
}

static void
set_address(struct addr *addr, const char *value)
{
	assert_int_equal(addr_parse(slice_of(value), addr), 0);
}

/* Facts that are a number or an address. */
static void
take_fact(struct sighting *sighting, const char *name, const char *value)
{
	long long number = strtoll(value, NULL, 10);

	if (strcmp(name, "class") == 0) {
		sighting->class = (uint8_t)number;
	} else if (strcmp(name, "role") == 0) {
		sighting->role = (uint8_t)number;
	} else if (strcmp(name, "proto") == 0) {
		sighting->proto = (uint8_t)number;
	} else if (strcmp(name, "port") == 0) {
		sighting->port = (uint16_t)number;
		sighting->marks |= SIGHTING_HAS_PORT;
	} else if (strcmp(name, "peer_port") == 0) {
		sighting->peer_port = (uint16_t)number;
		sighting->marks |= SIGHTING_HAS_PEER_PORT;
	} else if (strcmp(name, "first") == 0) {
		sighting->first.us = number;
	} else if (strcmp(name, "last") == 0) {
		sighting->last.us = number;
	} else if (strcmp(name, "address") == 0) {
		set_address(&sighting->address, value);
	} else if (strcmp(name, "peer") == 0) {
		set_address(&sighting->peer, value);
		sighting->marks |= SIGHTING_HAS_PEER;
	} else {
		fail_msg("unknown fact %s", name);
	}
}

static void
take_line(struct vector *vector, const char *name, const char *value,
	  const char *second)
{
	struct sighting *sighting = &vector->sighting;

	if (strcmp(name, "origin") == 0)
		assert_true(text_copy(sighting->origin, SIGHTING_NAME_SIZE,
				      slice_of(value)));
	else if (strcmp(name, "family") == 0)
		assert_true(text_copy(sighting->family, SIGHTING_NAME_SIZE,
				      slice_of(value)));
	else if (strcmp(name, "canonical") == 0)
		strcpy(vector->canonical, value);
	else if (strcmp(name, "id") == 0)
		strcpy(vector->id, value);
	else if (strcmp(name, "fact_key") == 0)
		strcpy(vector->key, value);
	else if (strcmp(name, "pair") == 0)
		sighting->ports[sighting->port_count++] =
		    (struct port_time){(uint16_t)atoi(value),
				       {strtoll(second, NULL, 10)}};
	else if (strcmp(name, "fact_canonical") != 0)
		take_fact(sighting, name, value);
}

static void
vectors_agree(void **state)
{
	const char *root = getenv("LAZARET_SOURCE");
	static char line[2 * HEX_SIZE], name[64], value[HEX_SIZE], second[64];
	static struct vector vector;
	unsigned count = 0;
	FILE *file;

	(void)state;
	assert_non_null(root);
	snprintf(line, sizeof(line), "%s/tests/unit/fact/sighting_vectors.txt",
		 root);
	file = fopen(line, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		int words;

		value[0] = '\0';
		words = sscanf(line, "%63s %2048s %63s", name, value, second);
		if (words < 1 || name[0] == '#')
			continue;
		if (strcmp(name, "vector") == 0) {
			if (vector.any)
				check_vector(&vector);
			memset(&vector, 0, sizeof(vector));
			snprintf(vector.name, sizeof(vector.name), "%.63s",
				 value);
			vector.any = true;
			count++;
		} else {
			take_line(&vector, name, value, second);
		}
	}
	fclose(file);
	check_vector(&vector);
	assert_int_equal(count, VECTORS);
}

static void
random_name(struct rng *rng, char name[SIGHTING_NAME_SIZE])
{
	size_t length = rng_below(rng, SIGHTING_NAME_SIZE);

	for (size_t i = 0; i < length; i++)
		name[i] = (char)(0x20 + rng_below(rng, 0x5f));
}

static struct sighting
random_sighting(struct rng *rng)
{
	struct sighting sighting = {
	    .time.us = (int64_t)rng_u64(rng),
	    .known.us = (int64_t)rng_u64(rng),
	    .first.us = (int64_t)rng_below(rng, TIMES_LATEST_US),
	    .time_error_us = (int64_t)rng_below(rng, TIMES_DAY_US),
	    .lateness_us = (int64_t)rng_below(rng, TIMES_DAY_US),
	    .port = (uint16_t)rng_u64(rng),
	    .peer_port = (uint16_t)rng_u64(rng),
	    .proto = (uint8_t)rng_u64(rng),
	    .class = (uint8_t)rng_below(rng, RSIT_CLASS_COUNT),
	    .role = (uint8_t)rng_below(rng, ROLE_COUNT),
	    .entered = (uint8_t)rng_below(rng, 3),
	    .marks = (uint16_t)rng_below(rng, 0x200),
	    .weight_milli = (int32_t)rng_u64(rng),
	    .samples = (uint32_t)rng_u64(rng),
	    .sampling = (uint32_t)rng_u64(rng),
	    .port_count = (uint8_t)rng_below(rng, SIGHTING_PORTS_MAX + 1),
	};
	struct addr addr;

	sighting.last.us = sighting.first.us +
			   (int64_t)rng_below(rng, TIMES_DAY_US);
	for (size_t i = 0; i < sizeof(addr.bytes); i++) {
		addr.bytes[i] = (uint8_t)rng_u64(rng);
		sighting.peer.bytes[i] = (uint8_t)rng_u64(rng);
		if (sighting.marks & SIGHTING_HAS_EXPORTER)
			sighting.exporter.bytes[i] = (uint8_t)rng_u64(rng);
	}
	sighting.address = addr;
	sighting.subject.prefix = prefix_of(&addr,
					    (uint8_t)rng_below(rng, 129));
	sighting.subject.port_last = (uint16_t)rng_below(rng, 65536);
	sighting.subject.port_first =
	    (uint16_t)rng_below(rng, sighting.subject.port_last + 1u);
	for (unsigned i = 0; i < sighting.port_count; i++)
		sighting.ports[i] = (struct port_time){(uint16_t)rng_u64(rng),
						       {(int64_t)rng_u64(rng)}};
	random_name(rng, sighting.origin);
	random_name(rng, sighting.family);
	random_name(rng, sighting.detector);
	sighting_seal(&sighting);
	return sighting;
}

static size_t
encode(const struct sighting *sighting, uint8_t bytes[SIGHTING_BYTES_MAX])
{
	struct writer writer;

	writer_init(&writer, bytes, SIGHTING_BYTES_MAX);
	sighting_encode(&writer, sighting);
	assert_false(writer.failed);
	return writer.length;
}

static int
decode(const uint8_t *bytes, size_t length, struct sighting *sighting)
{
	struct cursor cursor;
	int error;

	cursor_init(&cursor, bytes, length);
	error = sighting_decode(&cursor, sighting);
	if (error == 0)
		assert_int_equal(cursor_left(&cursor), 0);
	return error;
}

static void
stored_form_comes_back(void **state)
{
	uint8_t bytes[SIGHTING_BYTES_MAX], again[SIGHTING_BYTES_MAX];
	struct rng rng;

	(void)state;
	rng_init(&rng, 1);
	for (int i = 0; i < 2000; i++) {
		struct sighting sighting = random_sighting(&rng), read;
		size_t length = encode(&sighting, bytes);

		memset(&read, 0xff, sizeof(read));
		assert_int_equal(decode(bytes, length, &read), 0);
		assert_int_equal(encode(&read, again), length);
		assert_memory_equal(bytes, again, length);
		assert_memory_equal(read.id, sighting.id, SIGHTING_ID_SIZE);
		assert_string_equal(read.detector, sighting.detector);
		assert_int_equal(read.weight_milli, sighting.weight_milli);
		assert_true(subject_equal(&read.subject, &sighting.subject));
		assert_true(addr_equal(&read.exporter, &sighting.exporter));
	}
}

/* From an exact heap copy: reading past the end is seen by the sanitizer. */
static void
every_truncated_length_is_refused(void **state)
{
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct rng rng;

	(void)state;
	rng_init(&rng, 2);
	for (int i = 0; i < 20; i++) {
		struct sighting sighting = random_sighting(&rng), read;
		size_t length = encode(&sighting, bytes);

		for (size_t cut = 0; cut < length; cut++) {
			uint8_t *copy = malloc(cut ? cut : 1);
			struct sighting before;

			assert_non_null(copy);
			memcpy(copy, bytes, cut);
			memset(&read, 0x5a, sizeof(read));
			before = read;
			assert_int_equal(decode(copy, cut, &read), LZ_E_SHORT);
			assert_memory_equal(&read, &before, sizeof(read));
			free(copy);
		}
	}
}

static void
schema_and_damage_are_told_apart(void **state)
{
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct sighting sighting, read;
	struct rng rng;
	size_t length;

	(void)state;
	rng_init(&rng, 3);
	sighting = random_sighting(&rng);
	length = encode(&sighting, bytes);
	assert_int_equal(bytes[0] << 8 | bytes[1], 2);
	bytes[1] = 3;
	assert_int_equal(decode(bytes, length, &read), LZ_E_VERSION);
	bytes[1] = 2;
	bytes[2] ^= 1; /* of the id */
	assert_int_equal(decode(bytes, length, &read), LZ_E_CHECKSUM);
	bytes[2] ^= 1;
	assert_int_equal(decode(bytes, length, &read), 0);
}

/* What was stored before sightings named an exporter is read; a mark that
 * nobody knew then is none of that time. */
static void
schema_one_is_read(void **state)
{
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct sighting sighting, read;
	struct rng rng;
	size_t length;

	(void)state;
	rng_init(&rng, 5);
	do
		sighting = random_sighting(&rng);
	while (sighting.marks & SIGHTING_HAS_EXPORTER);
	length = encode(&sighting, bytes);
	bytes[1] = 1;
	assert_int_equal(decode(bytes, length, &read), 0);
	assert_memory_equal(read.id, sighting.id, SIGHTING_ID_SIZE);
	assert_string_equal(read.detector, sighting.detector);
	sighting.marks |= SIGHTING_HAS_EXPORTER;
	length = encode(&sighting, bytes);
	assert_int_equal(decode(bytes, length, &read), 0);
	bytes[1] = 1;
	assert_int_equal(decode(bytes, length, &read), LZ_E_RANGE);
}

/* The exporter is no part of what a sighting is: ids stay. */
static void
exporter_is_not_in_the_id(void **state)
{
	uint8_t key[2][SIGHTING_ID_SIZE], id[SIGHTING_ID_SIZE];
	struct sighting sighting;
	struct rng rng;

	(void)state;
	rng_init(&rng, 6);
	sighting = random_sighting(&rng);
	sighting.marks &= (uint16_t)~SIGHTING_HAS_EXPORTER;
	memset(&sighting.exporter, 0, sizeof(sighting.exporter));
	sighting_seal(&sighting);
	memcpy(id, sighting.id, sizeof(id));
	sighting_fact_key(&sighting, key[0]);
	sighting.marks |= SIGHTING_HAS_EXPORTER;
	sighting.exporter.bytes[15] = 7;
	sighting_seal(&sighting);
	sighting_fact_key(&sighting, key[1]);
	assert_memory_equal(sighting.id, id, sizeof(id));
	assert_memory_equal(key[0], key[1], sizeof(key[0]));
}

/* One field of a good sighting put out of range; its id is right. */
static int
decode_with(void (*spoil)(struct sighting *))
{
	uint8_t bytes[SIGHTING_BYTES_MAX];
	struct sighting sighting, read;
	struct rng rng;

	rng_init(&rng, 4);
	sighting = random_sighting(&rng);
	sighting.port_count = 0;
	spoil(&sighting);
	sighting_seal(&sighting);
	return decode(bytes, encode(&sighting, bytes), &read);
}

static void
spoil_nothing(struct sighting *sighting)
{
	(void)sighting;
}

static void
spoil_class(struct sighting *sighting)
{
	sighting->class = RSIT_CLASS_COUNT;
}

static void
spoil_role(struct sighting *sighting)
{
	sighting->role = ROLE_COUNT;
}

static void
spoil_entered(struct sighting *sighting)
{
	sighting->entered = ENTERED_BORDER + 1;
}

static void
spoil_marks(struct sighting *sighting)
{
	sighting->marks |= 0x200;
}

static void
spoil_times(struct sighting *sighting)
{
	sighting->first.us = sighting->last.us + 1;
}

static void
spoil_error(struct sighting *sighting)
{
	sighting->time_error_us = -1;
}

static void
spoil_subject(struct sighting *sighting)
{
	sighting->subject.prefix.length = 64;
	sighting->subject.prefix.addr.bytes[15] = 1;
}

static void
spoil_length(struct sighting *sighting)
{
	sighting->subject.prefix.length = 129;
}

static void
spoil_ports(struct sighting *sighting)
{
	sighting->subject.port_first = 2;
	sighting->subject.port_last = 1;
}

static void
spoil_name(struct sighting *sighting)
{
	strcpy(sighting->family, "\x1b[31m");
}

static void
values_out_of_range_are_refused(void **state)
{
	static void (*const spoils[])(struct sighting *) = {
	    spoil_class, spoil_role,    spoil_entered, spoil_marks, spoil_times,
	    spoil_error, spoil_subject, spoil_length,  spoil_ports,
	};

	(void)state;
	assert_int_equal(decode_with(spoil_nothing), 0);
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++)
		assert_int_equal(decode_with(spoils[i]), LZ_E_RANGE);
	assert_int_equal(decode_with(spoil_name), LZ_E_FORMAT);
}

/* Two origins that say the same within the same minutes are witnesses of one
 * finding; another minute, port, class or role is another fact. */
static void
fact_key_joins_witnesses(void **state)
{
	uint8_t one[SIGHTING_ID_SIZE], other[SIGHTING_ID_SIZE];
	struct sighting sighting, witness;
	struct rng rng;

	(void)state;
	rng_init(&rng, 5);
	sighting = random_sighting(&rng);
	sighting.port_count = 0;
	sighting.marks |= SIGHTING_HAS_PORT;
	sighting.first.us -= sighting.first.us % TIMES_MINUTE_US;
	sighting.last.us = sighting.first.us + TIMES_MINUTE_US;
	sighting_fact_key(&sighting, one);
	witness = sighting;
	strcpy(witness.origin, "list:other");
	strcpy(witness.family, "other");
	witness.weight_milli++;
	witness.first.us += TIMES_MINUTE_US - 1;
	witness.last.us += TIMES_MINUTE_US - 1;
	sighting_fact_key(&witness, other);
	assert_memory_equal(one, other, SIGHTING_ID_SIZE);
	sighting_seal(&sighting);
	sighting_seal(&witness);
	assert_memory_not_equal(sighting.id, witness.id, SIGHTING_ID_SIZE);
	witness.last.us++;
	sighting_fact_key(&witness, other);
	assert_memory_not_equal(one, other, SIGHTING_ID_SIZE);
	witness = sighting;
	witness.port++;
	sighting_fact_key(&witness, other);
	assert_memory_not_equal(one, other, SIGHTING_ID_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_agree),
	    cmocka_unit_test(stored_form_comes_back),
	    cmocka_unit_test(every_truncated_length_is_refused),
	    cmocka_unit_test(schema_and_damage_are_told_apart),
	    cmocka_unit_test(schema_one_is_read),
	    cmocka_unit_test(exporter_is_not_in_the_id),
	    cmocka_unit_test(values_out_of_range_are_refused),
	    cmocka_unit_test(fact_key_joins_witnesses),
	};
	int failed;

	if (crypto_init() != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	crypto_fini();
	return failed;
}
