/* SPDX-License-Identifier: Apache-2.0 */
/* The heap door and the phrases of errors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/errors.h"
#include "base/memory.h"

static bool
all_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

static void
answers_zeroed_memory(void **state)
{
	uint8_t *plain = memory_new(1000, 3);
	uint8_t *aligned = memory_new_aligned(1000, 3);

	(void)state;
	assert_non_null(plain);
	assert_non_null(aligned);
	assert_true(all_zero(plain, 3000));
	assert_true(all_zero(aligned, 3000));
	assert_int_equal((uintptr_t)aligned % 64, 0);
	memory_free(plain);
	memory_free(aligned);
	memory_free(NULL);
}

static void
nothing_asked_is_not_an_error(void **state)
{
	void *plain = memory_new(0, 8);
	void *aligned = memory_new_aligned(8, 0);
	void *grown = memory_grow(NULL, 0, 0, 8);

	(void)state;
	assert_non_null(plain);
	assert_non_null(aligned);
	assert_non_null(grown);
	memory_free(plain);
	memory_free(aligned);
	memory_free(grown);
}

static void
refuses_what_overflows(void **state)
{
	uint8_t *old = memory_new(4, 1);

	(void)state;
	old[3] = 7;
	assert_null(memory_new(SIZE_MAX / 2, 3));
	assert_null(memory_new_aligned(SIZE_MAX / 2, 3));
	assert_null(memory_new_aligned(SIZE_MAX - 8, 1));
	assert_null(memory_grow(old, 4, SIZE_MAX, 2));
	assert_int_equal(old[3], 7);
	memory_free(old);
}

static void
grows_with_zeros(void **state)
{
	uint32_t *array = memory_grow(NULL, 0, 2, sizeof(*array));

	(void)state;
	assert_non_null(array);
	assert_int_equal(array[1], 0);
	array[0] = 1;
	array[1] = 2;
	array = memory_grow(array, 2, 100, sizeof(*array));
	assert_non_null(array);
	assert_int_equal(array[0], 1);
	assert_int_equal(array[1], 2);
	assert_true(all_zero((uint8_t *)(array + 2), 98 * sizeof(*array)));
	array = memory_grow(array, 100, 1, sizeof(*array));
	assert_non_null(array);
	assert_int_equal(array[0], 1);
	memory_free(array);
}

static void
every_error_has_a_phrase(void **state)
{
	(void)state;
	assert_string_equal(lz_strerror(0), "no error");
	assert_string_equal(lz_strerror(-ENOENT), "no such file or folder");
	assert_string_equal(lz_strerror(-999), "a system error without a name");
	for (int error = LZ_E_CRYPTO; error <= LZ_E_SHORT; error++)
		assert_string_not_equal(lz_strerror(error), "an unknown error");
	assert_string_equal(lz_strerror(LZ_E_CRYPTO - 1), "an unknown error");
	assert_string_equal(lz_strerror(1), "an unknown error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_zeroed_memory),
	    cmocka_unit_test(nothing_asked_is_not_an_error),
	    cmocka_unit_test(refuses_what_overflows),
	    cmocka_unit_test(grows_with_zeros),
	    cmocka_unit_test(every_error_has_a_phrase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
