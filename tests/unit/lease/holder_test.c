/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of holders: exact, and two values never one label. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lease/holder.h"

static void
writes_text_as_it_is_or_in_hexadecimal(void **state)
{
	static const struct {
		const char *value;
		size_t length;
		const char *label;
	} rows[] = {
	    {"sub-a", 5, "user:sub-a"},
	    {"Sub A ", 6, "user:Sub A "},
	    {"m\303\274ller", 7, "user:m\303\274ller"},
	    {"0x41", 4, "user:0x30783431"},
	    {"0", 1, "user:0"},
	    {"a\nb", 3, "user:0x610a62"},
	    {"a\0b", 3, "user:0x610062"},
	    {"a\177", 2, "user:0x617f"},
	    {"\303", 1, "user:0xc3"},
	    {"\300\200", 2, "user:0xc080"},
	    {"\355\240\200", 3, "user:0xeda080"},
	    {"\364\220\200\200", 4, "user:0xf4908080"},
	    {"\360\237\222\241", 4, "user:\360\237\222\241"},
	    {"\302\205", 2, "user:0xc285"},
	    {"", 0, ""},
	};
	char label[PARTY_LABEL_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice value = {rows[i].value, rows[i].length};

		assert_int_equal(holder_text(label, "user", value),
				 rows[i].length != 0);
		assert_string_equal(label, rows[i].label);
	}
	assert_true(holder_octets(label, "class", slice_of("ab")));
	assert_string_equal(label, "class:0x6162");
}

static void
cuts_nothing(void **state)
{
	char label[PARTY_LABEL_SIZE], value[PARTY_LABEL_SIZE];
	size_t fits = PARTY_LABEL_SIZE - 1 - strlen("user:");

	(void)state;
	memset(value, 'x', sizeof(value));
	assert_true(holder_text(label, "user", (struct slice){value, fits}));
	assert_int_equal(strlen(label), PARTY_LABEL_SIZE - 1);
	assert_false(
	    holder_text(label, "user", (struct slice){value, fits + 1}));
	assert_string_equal(label, "");
}

static void
reads_hardware_addresses_in_all_forms(void **state)
{
	static const struct {
		const char *value;
		bool tail, made;
	} rows[] = {
	    {"02:00:5e:10:00:0a", false, true},
	    {"02-00-5E-10-00-0A", false, true},
	    {"0200.5e10.000a", false, true},
	    {"02005E10000A", false, true},
	    {"02-00-5E-10-00-0A:home", true, true},
	    {"02-00-5E-10-00-0A:home", false, false},
	    {"02:00:5e:10:00:0a:0b", true, true},
	    {"02005E10000A0", true, false},
	    {"02:00-5e:10:00:0a", true, false},
	    {"02:00:5e:10:00:0", true, false},
	    {"02:00:5e:10:00", true, false},
	    {"0200.5e10.00g0", true, false},
	    {"02 00 5e 10 00 0a", true, false},
	    {"0049301234567", true, false},
	    {"004930123456", true, false},
	    {"", true, false},
	};
	char label[PARTY_LABEL_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(holder_mac(label, slice_of(rows[i].value),
					    rows[i].tail),
				 rows[i].made);
		assert_string_equal(label, rows[i].made
					       ? "mac:02:00:5e:10:00:0a"
					       : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_text_as_it_is_or_in_hexadecimal),
	    cmocka_unit_test(cuts_nothing),
	    cmocka_unit_test(reads_hardware_addresses_in_all_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
