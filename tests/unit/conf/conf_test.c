/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: what is refused and where, defaults, the round trip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "conf/schema.h"

#define SMALLEST                                                            \
	"network: { name: example, inside: [192.0.2.0/24, 2001:db8::/32], " \
	"source_filtered: true }\n"

static char buffer[1 << 18], again[1 << 18];

static const struct {
	const char *yaml;
	const char *error; /* "line:column: message", as one of the lines */
} refused[] = {
    {"", "c: empty; expected at least network.inside\n"},
    {"a: [", "c:2:1: not YAML: did not find expected node content while "
	     "parsing a flow node\n"},
    {SMALLEST "policy:\n  grace: 2 days\n",
     "c:3:10: policy.grace: '2 days' is not a duration such as 30s, 10m, 48h "
     "or 7d\n"},
    {SMALLEST "policy:\n  grace: 100d\n",
     "c:3:10: policy.grace: '100d' is out of range; expected 1h to 90d\n"},
    {SMALLEST "policy: { filters_max: 04 }\n",
     "c:2:24: policy.filters_max: '04' is not a whole number\n"},
    {SMALLEST "policy: { filters_max: 4x }\n",
     "c:2:24: policy.filters_max: '4x' is not a whole number\n"},
    {SMALLEST "mode: maybe\n", "c:2:7: mode: 'maybe' is not shadow or live\n"},
    {SMALLEST "mode: shadow\nmode: live\n",
     "c:3:1: the key 'mode' stands here twice; first in line 2\n"},
    {SMALLEST "listen: { netflw: 127.0.0.1:1 }\n",
     "c:2:11: listen: unknown key 'netflw'; expected 'netflow'\n"},
    {SMALLEST "listen: { flows: 127.0.0.1:1 }\n",
     "c:2:11: listen: unknown key 'flows'; expected one of: netflow, ipfix, "
     "sflow, metrics, portal, api"},
    {SMALLEST "accounts: [ { csv: a.csv, sqlite: b } ]\n",
     "c:2:13: accounts: expected one of csv, postgres and sqlite\n"},
    {SMALLEST "accounts: [ { postgres: dbname=crm } ]\n",
     "c:2:13: accounts: query: missing; expected a SELECT whose columns are "
     "called as those of an accounts CSV\n"},
    {SMALLEST "accounts: [ { postgres: \"password=x\", query: SELECT } ]\n",
     "c:2:13: accounts: postgres: holds a password; expected it in "
     "password_file\n"},
    {"mode: shadow\n", "c:1:1: network.inside: missing; expected a list of "
		       "prefixes such as [192.0.2.0/24]\n"},
    {"network: { inside: [192.0.2.1/24] }\n",
     "c:1:21: network.inside[0]: '192.0.2.1/24' is not a prefix such as "
     "192.0.2.0/24 or 2001:db8::/32, host bits 0\n"},
    {"network: { inside: [\"::/0\"] }\n",
     "c:1:21: network.inside: holds all of IPv4; write 0.0.0.0/0 and "
     "2000::/3\n"},
    {SMALLEST "protected: [&a x, *a]\n",
     "c:2:13: anchors and tags are not read here; write the value\n"},
    {SMALLEST "---\n" SMALLEST, "c:2:1: a second document; expected one "
				"only\n"},
    {SMALLEST "policy: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n",
     "c:2:24: nested deeper than 16 levels\n"},
    {SMALLEST "quarantine: { driver: nftables }\n",
     "c:2:13: quarantine.driver: 'essential' is empty; expected the prefixes "
     "no measure may cut\n"},
    {SMALLEST "quarantine: { portal: [\"192.0.2.80:80\", "
	      "\"192.0.2.81:80\"] }\n",
     "c:2:41: quarantine.portal: expected at most one address of each family, "
     "with a port above 0\n"},
    {SMALLEST "quarantine: { portal: [\"192.0.2.80:0\"] }\n",
     "c:2:24: quarantine.portal: expected at most one address of each family, "
     "with a port above 0\n"},
    {SMALLEST "live: [filter.ddos]\n",
     "c:2:8: live: 'filter.ddos' is a measure and 'essential' is empty; "
     "expected the prefixes no measure may cut (voice, emergency, DNS)\n"},
    {SMALLEST "portal: { url: portal.example.net }\n",
     "c:2:16: portal.url: 'portal.example.net'; expected a scheme and a host, "
     "such as https://portal.example.net\n"},
    {SMALLEST "portal: { url: \"http://a/b\" }\n",
     "c:2:16: portal.url: 'http://a/b'; expected a scheme and a host"},
    {SMALLEST "notice: { smtp: mail.example.net, from: a@example.net, "
	      "contacts: c }\n",
     "c:2:17: notice.smtp: 'mail.example.net'; expected an address and port "
     "such as 127.0.0.1:25\n"},
    {SMALLEST "notice: { smtp: \"127.0.0.1:25\", from: a@example.net }\n",
     "c:2:17: notice.smtp: needs notice.from, and notice.contacts or "
     "accounts\n"},
    {SMALLEST
     "registrar: { files: [ { path: a, name: x/mx1, format: kea4 } ],\n"
     "  syslog: { senders: [ { address: 192.0.2.5, name: x,\n"
     "  format: juniper } ] } }\n",
     "c:2:12: registrar: two inputs are called 'x', or one as the other with a "
     "'/' behind it; expected a 'name' of its own for each\n"},
    {SMALLEST "live: [notice]\n",
     "c:2:7: live: notices can't go live without notice.maildir or "
     "notice.smtp, notice.from and notice.phone\n"},
};

static void
test_refused(void **state)
{
	static struct conf_errors errors;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct conf *conf;
		struct text text;
		int error = conf_parse("c", refused[i].yaml,
				       strlen(refused[i].yaml), &conf, &errors);

		assert_int_equal(error, LZ_E_FORMAT);
		assert_null(conf);
		text_init(&text, buffer, sizeof(buffer));
		conf_errors_format(&text, "c", &errors);
		if (!strstr(buffer, refused[i].error))
			assert_string_equal(buffer, refused[i].error);
	}
}

static struct conf *
good(const char *yaml)
{
	static struct conf_errors errors;
	struct conf *conf = NULL;
	struct text text;

	if (conf_parse("/etc/c", yaml, strlen(yaml), &conf, &errors)) {
		text_init(&text, buffer, sizeof(buffer));
		conf_errors_format(&text, "c", &errors);
		assert_string_equal(buffer, "");
	}
	return conf;
}

static void
test_smallest(void **state)
{
	struct conf *conf = good(SMALLEST "bindings: [ { csv: b.csv } ]\n");
	struct case_policy policy;

	(void)state;
	assert_string_equal(conf->network_name, "example");
	assert_string_equal(conf->binding_files[0], "/etc/b.csv");
	assert_true(conf->detect.source_filtered);
	assert_int_equal(conf->inside_items[0].assign, 128);
	assert_int_equal(conf->inside_items[1].assign, 64);
	assert_int_equal(conf->detect.lateness_us, 120 * TIMES_SECOND_US);
	assert_false(conf->policy.live_mode);
	assert_int_equal(conf->listen[CONF_LISTEN_NETFLOW].port, 2055);
	/* Two rooms write these defaults down; they must agree. */
	case_policy_init(&policy);
	assert_memory_equal(&conf->policy, &policy, sizeof(policy));
	conf_free(conf);
}

static void
test_print_again(void **state)
{
	static const char *const yaml[] = {
	    SMALLEST,
	    "network: { inside: [192.0.2.0/24, { prefix: 203.0.113.0/24, "
	    "cgnat: outside, ports: 256 }, { prefix: 2001:db8::/32, assign: 56 "
	    "}] }\nessential: [198.51.100.0/28]\nmode: live\n"
	    "live: [notice.ddos, filter.ddos, garden]\n"
	    "protected: [\"b \\\"q\\\"\", a]\n"
	    "notice: { maildir: m, from: a@example.net, phone: \"1\", zone: "
	    "\"+02:00\" }\n"
	    "exporters: [{ address: 203.0.113.1, sampling: 1000, "
	    "active_timeout: 60s, inactive_timeout: 15s, interfaces: { "
	    "subscriber: [1, 2], border: [9] } }]\n"
	    "policy: { notice_at: 5.5, brakes: { share: 0.125% } }\n",
	    SMALLEST
	    "essential: [198.51.100.0/28]\n"
	    "quarantine: { driver: nftables, resolver: [192.0.2.53, "
	    "2001:db8::53], portal: [\"192.0.2.80:8081\", "
	    "\"[2001:db8::80]:8081\"], infrastructure: [192.0.2.0/28], "
	    "limit: 64000, timeout: 30s }\n",
	    SMALLEST
	    "accounts: [ { csv: a.csv }, { postgres: dbname=crm, "
	    "password_file: p, query: SELECT account FROM crm }, { sqlite: c, "
	    "query: SELECT account FROM crm } ]\n"
	    "api: { tokens: tokens }\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(yaml) / sizeof(yaml[0]); i++) {
		struct conf *conf = good(yaml[i]);
		struct text text;

		text_init(&text, buffer, sizeof(buffer));
		conf_print(&text, conf);
		conf_free(conf);
		memcpy(again, buffer, text.length + 1);
		conf = good(again);
		text_init(&text, buffer, sizeof(buffer));
		conf_print(&text, conf);
		assert_false(text.full);
		assert_string_equal(buffer, again);
		conf_free(conf);
	}
}

static void
test_sample(void **state)
{
	struct text text;

	(void)state;
	text_init(&text, again, sizeof(again));
	schema_sample(&text);
	assert_false(text.full);
	conf_free(good(again));
}

/* The man page's section of keys is the table's, word for word. */
static void
test_man(void **state)
{
	const char *source = getenv("LAZARET_SOURCE");
	char path[1024];
	struct text text;
	size_t length;
	FILE *file;

	(void)state;
	assert_non_null(source);
	snprintf(path, sizeof(path), "%s/man/lazaret.yaml.5", source);
	file = fopen(path, "r");
	assert_non_null(file);
	length = fread(again, 1, sizeof(again) - 1, file);
	again[length] = '\0';
	fclose(file);
	text_init(&text, buffer, sizeof(buffer));
	schema_man(&text);
	assert_false(text.full);
	assert_non_null(strstr(again, buffer));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),     cmocka_unit_test(test_smallest),
	    cmocka_unit_test(test_print_again), cmocka_unit_test(test_sample),
	    cmocka_unit_test(test_man),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
