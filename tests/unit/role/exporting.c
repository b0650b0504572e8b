/* SPDX-License-Identifier: Apache-2.0 */
/* A router of the tests. */
#include "unit/role/exporting.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HOSTS_FROM 0xc6120000u /* 198.18.0.0 */
#define SERVER 0xc0000242u     /* 192.0.2.66 */
#define SERVER_PORT 48101

static int64_t
real_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * TIMES_SECOND_US + now.tv_nsec / 1000;
}

void
exporting_configure(const struct running *running)
{
	running_configure(running,
			  "indicators: [ { csv: indicators.csv } ]\n"
			  "exporters: [ { address: 127.0.0.1,"
			  " active_timeout: 2s, inactive_timeout: 2s } ]\n");
	running_write(running, "indicators.csv",
		      "type,value,port,proto,family,source,first_seen,"
		      "last_seen,valid_until\n"
		      "address,192.0.2.66,48101,tcp,tried,list,,,\n");
}

void
exporting_begin(struct exporting *exporting, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};

	*exporting = (struct exporting){0};
	exporting->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(exporting->socket >= 0);
	assert_int_equal(connect(exporting->socket, (struct sockaddr *)&to,
				 sizeof(to)),
			 0);
	flow_export_init(&exporting->export, FLOW_NETFLOW9, 1, 1,
			 real_now_us() - TIMES_MINUTE_US);
	/* It says its templates once; who begins anew has to know them. */
	exporting->export.refresh = UINT32_MAX;
	exporting->export.since_template = UINT32_MAX;
}

void
exporting_end(struct exporting *exporting)
{
	close(exporting->socket);
}

static void
flow_make(struct flow_record *record, uint32_t host, int64_t now_us)
{
	*record = (struct flow_record){.src = addr_from_v4(HOSTS_FROM + host),
				       .dst = addr_from_v4(SERVER),
				       .start = {now_us - 2000000},
				       .end = {now_us - 1500000},
				       .packets = 12,
				       .bytes = 1800,
				       .sampling = 1,
				       .sport = 40000,
				       .dport = SERVER_PORT,
				       .proto = 6,
				       .tcp_flags = FLOW_TCP_SYN |
						    FLOW_TCP_ACK | FLOW_TCP_PSH,
				       .marks = FLOW_FLAGS_KNOWN};
}

uint32_t
exporting_send(struct exporting *exporting)
{
	struct flow_record records[EXPORTING_FLOWS];
	uint8_t bytes[FLOW_EXPORT_DATAGRAM_MAX];
	const int64_t now_us = real_now_us();
	size_t length;

	assert_true(exporting->hosts + EXPORTING_FLOWS <= EXPORTING_HOSTS_MAX);
	for (size_t i = 0; i < EXPORTING_FLOWS; i++)
		flow_make(&records[i], exporting->hosts++, now_us);
	assert_int_equal(flow_export_datagram(&exporting->export,
					      (struct at_event){now_us},
					      records, EXPORTING_FLOWS, bytes,
					      &length),
			 EXPORTING_FLOWS);
	assert_int_equal(send(exporting->socket, bytes, length, 0), length);
	exporting->sent_ms = running_now_ms();
	return exporting->hosts - 1;
}

uint32_t
exporting_host(const struct exporting *exporting, const struct addr *addr)
{
	const uint32_t host = addr_v4(addr) - HOSTS_FROM;

	assert_true(host < exporting->hosts);
	return host;
}
