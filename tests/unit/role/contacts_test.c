/* SPDX-License-Identifier: Apache-2.0 */
/* Who is written to: columns by name, rows that can't be right left out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "role/contacts.h"

static char path[] = "/tmp/lz-contacts-XXXXXX";

static int
read_text(const char *text, struct contacts **contacts)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	return contacts_read(path, contacts);
}

static void
finds_each(void **state)
{
	struct contacts *contacts;

	(void)state;
	assert_int_equal(read_text("\xef\xbb\xbfmail,name,party\r\n"
				   "c@example.net,C,line-3\r\n"
				   "\"a@example.net\",A,\" line,1 \"\r\n"
				   "b+x@sub.example.net,B,line-2",
				   &contacts),
			 0);
	assert_string_equal(contacts_mail(contacts, "line,1"), "a@example.net");
	assert_string_equal(contacts_mail(contacts, "line-2"),
			    "b+x@sub.example.net");
	assert_string_equal(contacts_mail(contacts, "line-3"), "c@example.net");
	assert_null(contacts_mail(contacts, "line-4"));
	assert_null(contacts_mail(contacts, ""));
	assert_null(contacts_mail(NULL, "line-3"));
	contacts_free(contacts);
}

static void
leaves_out_what_cant_be(void **state)
{
	struct contacts *contacts;

	(void)state;
	assert_int_equal(
	    read_text("party,mail\n"
		      "p1,\"x@example.net\r\nBcc: y@example.net\"\n"
		      "p2,a b@example.net\n"
		      "p3,<a@example.net>\n"
		      "p4,@example.net\n"
		      "p5,a@\n"
		      ",a@example.net\n"
		      "p6\n"
		      "p7,first@example.net\n"
		      "p7,second@example.net\n",
		      &contacts),
	    0);
	for (unsigned i = 1; i <= 6; i++) {
		char party[8];

		snprintf(party, sizeof(party), "p%u", i);
		assert_null(contacts_mail(contacts, party));
	}
	assert_string_equal(contacts_mail(contacts, "p7"), "first@example.net");
	contacts_free(contacts);
}

static void
many_are_found(void **state)
{
	static char text[4096 * 40];
	struct contacts *contacts;
	size_t at = (size_t)snprintf(text, sizeof(text), "party,mail\n");

	(void)state;
	for (unsigned i = 0; i < 4096; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "%u,u%u@example.net\n", i * 7919 % 4096,
				       i * 7919 % 4096);
	assert_int_equal(read_text(text, &contacts), 0);
	for (unsigned i = 0; i < 4096; i++) {
		char party[8], mail[32];

		snprintf(party, sizeof(party), "%u", i);
		snprintf(mail, sizeof(mail), "u%u@example.net", i);
		assert_string_equal(contacts_mail(contacts, party), mail);
	}
	contacts_free(contacts);
}

static void
refuses_other_files(void **state)
{
	struct contacts *contacts;

	(void)state;
	assert_int_equal(read_text("", &contacts), LZ_E_FORMAT);
	assert_null(contacts);
	assert_int_equal(read_text("party,phone\np,1\n", &contacts),
			 LZ_E_FORMAT);
	assert_int_equal(contacts_read("/tmp/lz-no-such-file", &contacts),
			 -ENOENT);
	/* A header alone is valid. */
	assert_int_equal(read_text("party,mail\n", &contacts), 0);
	assert_null(contacts_mail(contacts, "p"));
	contacts_free(contacts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_each),
	    cmocka_unit_test(leaves_out_what_cant_be),
	    cmocka_unit_test(many_are_found),
	    cmocka_unit_test(refuses_other_files),
	};
	const int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
