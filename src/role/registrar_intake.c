/* SPDX-License-Identifier: Apache-2.0 */
/* The registrar's intake thread. */
#include "role/registrar_intake.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "role/counter_table.h"
#include "role/datagrams.h"
#include "role/raw_log.h"
#include "role/registrar_files.h"
#include "role/registrar_silence.h"
#include "role/registrar_webhook.h"
#include "role/syslog_streams.h"
#include "spool/spool.h"

#define TICK_US TIMES_SECOND_US
#define ROLL_US TIMES_HOUR_US /* the raw log is kept in whole segments */
#define TRIM_US TIMES_MINUTE_US
/* A full disk isn't asked all the time. */
#define AGAIN_US TIMES_SECOND_US
#define ANSWER_BYTES (2u << 20)
#define HANDED_BYTES_MAX (8u << 20)
#define COMPLAINT_US TIMES_MINUTE_US

/* Why what comes in isn't taken: counted always, said once a minute a reason. */
enum {
	REFUSED_CLIENT,
	REFUSED_AUTHENTICATOR,
	REFUSED_MALFORMED,
	REFUSED_CODE,
	REFUSED_NAS,
	REFUSED_SENDER,
	REFUSED_EXPORTER,
	REFUSED_COUNT
};

static const struct refusal {
	unsigned counter;
	const char *words;
} refusals[REFUSED_COUNT] = {
    [REFUSED_CLIENT] = {COUNTER_REGISTRAR_REFUSED_CLIENT,
			"accounting of an address that is no client: name it "
			"in registrar.accounting.clients, or keep it away"},
    [REFUSED_AUTHENTICATOR] =
	{COUNTER_REGISTRAR_REFUSED_AUTHENTICATOR,
	 "accounting whose authenticator is wrong: compare the secret in "
	 "this client's secret_file with the NAS' own; not answered"},
    [REFUSED_MALFORMED] = {COUNTER_REGISTRAR_REFUSED_MALFORMED,
			   "no sound RADIUS packet; not answered"},
    [REFUSED_CODE] = {COUNTER_REGISTRAR_REFUSED_CODE,
		      "a RADIUS packet that is no Accounting-Request (is "
		      "authentication sent here?); not answered"},
    [REFUSED_NAS] = {COUNTER_REGISTRAR_REFUSED_NAS,
		     "accounting in the name of a NAS that isn't listed in "
		     "this client's nas; not answered"},
    [REFUSED_SENDER] = {COUNTER_REGISTRAR_REFUSED_CLIENT,
			"syslog of an address that is no sender: name it in "
			"registrar.syslog.senders, or keep it away"},
    [REFUSED_EXPORTER] = {COUNTER_REGISTRAR_REFUSED_CLIENT,
			  "NAT events of an address that is no exporter: name "
			  "it in registrar.nat.exporters, or keep it away"}};

struct answer {
	struct sockaddr_storage to;
	socklen_t to_length;
	uint32_t offset, length; /* in answer_bytes */
	struct datagrams_local local;
};

/* What another thread has handed over. */
struct handed {
	struct handed *next;
	size_t length;
	uint8_t body[];
};

enum { FD_STOP, FD_ACCOUNTING, FD_SYSLOG, FD_NAT, FD_STREAMS, FD_COUNT };

struct intake {
	const struct role *role;
	struct counters *counters;
	struct registrar_clients *clients;
	char folder[CONF_PATH_SIZE];
	struct spool_writer *spool;
	struct datagrams *datagrams;
	struct syslog_streams *streams;
	struct registrar_files *files;     /* NULL: none */
	struct registrar_webhook *webhook; /* NULL: none */
	struct registrar_silence *silence;
	int64_t files_us;  /* looked at, monotonic */
	int fds[FD_COUNT]; /* -1: not there */
	int wake;
	bool started;
	pthread_t thread;
	_Atomic uint64_t indexed;
	_Atomic int64_t beat_us;
	uint32_t drops[FD_COUNT];
	/* Messages of logs were lost here, in sight: their senders' words. */
	bool messages_lost;

	pthread_mutex_t mutex; /* of what follows */
	struct handed *first_handed, *last_handed;
	size_t handed_bytes;

	/* The group that waits for its sync. */
	bool unsynced;
	int64_t since_us, not_before_us; /* monotonic */
	size_t group_bytes, answer_count, answer_length;
	struct answer answers[INTAKE_GROUP_COUNT];
	uint8_t answer_bytes[ANSWER_BYTES];
	int64_t rolled_us, trimmed_us, complained_us, counted_us;
	int64_t refused_us[REFUSED_COUNT]; /* when last said, monotonic */
	uint8_t body[RAW_HEADER_MAX + RAW_BYTES_MAX];
};

static void
complain(struct intake *intake, const char *what, int error)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);

	if (intake->complained_us && now - intake->complained_us < COMPLAINT_US)
		return;
	intake->complained_us = now;
	fprintf(stderr, "registrar: %s: %s\n", what, lz_strerror(error));
}

static void
count(struct intake *intake, unsigned counter)
{
	counters_add(intake->counters, counter, 1);
}

static void
refuse(struct intake *intake, size_t reason, const struct addr *peer)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	char line[ADDR_TEXT_SIZE];
	struct text text;

	count(intake, refusals[reason].counter);
	if (intake->refused_us[reason] &&
	    now - intake->refused_us[reason] < COMPLAINT_US)
		return;
	intake->refused_us[reason] = now;
	text_init(&text, line, sizeof(line));
	addr_format(&text, peer);
	fprintf(stderr, "registrar: %s: %s\n", line, refusals[reason].words);
}

/* ---------------------------------------------------------- the raw log */

static int
append_body(struct intake *intake, const uint8_t *body, size_t length)
{
	int error = -EAGAIN;

	if (!intake->not_before_us ||
	    role_clock_us(CLOCK_MONOTONIC) >= intake->not_before_us)
		error = spool_writer_append(intake->spool, body, length, NULL);
	if (error) {
		count(intake, COUNTER_REGISTRAR_REFUSED_DISK);
		if (error == -EAGAIN)
			return error;
		complain(intake, "the raw log takes no more", error);
		return error;
	}
	if (!intake->unsynced)
		intake->since_us = role_clock_us(CLOCK_MONOTONIC);
	intake->unsynced = true;
	intake->group_bytes += length;
	return 0;
}

static int
append(struct intake *intake, const struct raw_record *record)
{
	struct writer writer;

	writer_init(&writer, intake->body, sizeof(intake->body));
	raw_record_encode(&writer, record);
	if (writer.failed) {
		count(intake, COUNTER_REGISTRAR_REFUSED_TRUNCATED);
		return LZ_E_RANGE;
	}
	registrar_silence_heard(intake->silence, record->kind, record->input,
				role_clock_us(CLOCK_MONOTONIC));
	return append_body(intake, intake->body, writer.length);
}

static void
silence_count(struct intake *intake, int64_t now)
{
	intake->counted_us = now;
	counters_set(intake->counters, COUNTER_REGISTRAR_INPUTS_SILENT,
		     registrar_silence_count(intake->silence, now));
	if (intake->files)
		counters_set(intake->counters, COUNTER_REGISTRAR_FILES_UNREAD,
			     registrar_files_unread(intake->files));
}

static void
answers_send(struct intake *intake)
{
	struct mmsghdr messages[256];
	struct iovec pieces[256];
	size_t done = 0;

	while (done < intake->answer_count) {
		size_t n = intake->answer_count - done;
		int sent;

		if (n > sizeof(messages) / sizeof(messages[0]))
			n = sizeof(messages) / sizeof(messages[0]);
		for (size_t i = 0; i < n; i++) {
			struct answer *answer = &intake->answers[done + i];

			pieces[i] = (struct iovec){intake->answer_bytes +
						       answer->offset,
						   answer->length};
			messages[i].msg_hdr = (struct msghdr){
			    .msg_name = &answer->to,
			    .msg_namelen = answer->to_length,
			    .msg_iov = &pieces[i],
			    .msg_iovlen = 1,
			    .msg_control = answer->local.length
					       ? answer->local.bytes
					       : NULL,
			    .msg_controllen = answer->local.length};
		}
		sent = sendmmsg(intake->fds[FD_ACCOUNTING], messages,
				(unsigned)n, MSG_DONTWAIT);
		/* What the kernel doesn't take is asked for again. */
		if (sent <= 0) {
			count(intake, COUNTER_REGISTRAR_UNSENT);
			sent = 1;
		} else {
			counters_add(intake->counters,
				     COUNTER_REGISTRAR_ANSWERED,
				     (uint64_t)sent);
		}
		done += (size_t)sent;
	}
}

/* One group: durable, then answered; or neither. */
static void
commit(struct intake *intake)
{
	const uint64_t one = 1;
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);
	int error = 0;

	if (now < intake->not_before_us)
		error = -EAGAIN;
	else if (intake->unsynced)
		error = spool_writer_sync(intake->spool);
	if (!error) {
		counters_add(intake->counters, COUNTER_REGISTRAR_SYNCS,
			     intake->unsynced);
		counters_set(intake->counters, COUNTER_REGISTRAR_RAW_LAST,
			     spool_writer_last(intake->spool));
		intake->unsynced = false;
		intake->not_before_us = 0;
		answers_send(intake);
		if (intake->files)
			error = registrar_files_kept(intake->files);
		if (!error && intake->webhook)
			error = registrar_webhook_kept(intake->webhook);
		if (error)
			complain(intake, "where files are to be read on",
				 error);
		if (write(intake->wake, &one, sizeof(one)) != sizeof(one))
			error = 0; /* at its ceiling: awake anyhow */
	} else if (error != -EAGAIN) {
		intake->not_before_us = now + AGAIN_US;
		count(intake, COUNTER_REGISTRAR_SYNC_ERRORS);
		complain(intake,
			 "the raw log can't be synced; nobody is "
			 "answered until it can",
			 error);
	}
	intake->answer_count = intake->answer_length = intake->group_bytes = 0;
}

static bool
group_is_full(const struct intake *intake)
{
	return intake->group_bytes >= INTAKE_GROUP_BYTES ||
	       intake->answer_count == INTAKE_GROUP_COUNT ||
	       intake->answer_length + RADIUS_PACKET_MAX > ANSWER_BYTES;
}

/* ------------------------------------------------------------ accounting */

static void
answer_add(struct intake *intake, uint32_t client,
	   const struct radius_packet *packet,
	   const struct datagrams_one *datagram)
{
	struct answer *answer = &intake->answers[intake->answer_count];
	const int length = registrar_clients_answer(intake->clients, client,
						    packet,
						    intake->answer_bytes +
							intake->answer_length);

	if (length < 0) {
		count(intake, COUNTER_REGISTRAR_REFUSED_MALFORMED);
		return;
	}
	answer->to = *datagram->from;
	answer->to_length = datagram->from_length;
	answer->local = datagram->local;
	answer->offset = (uint32_t)intake->answer_length;
	answer->length = (uint32_t)length;
	intake->answer_length += (size_t)length;
	intake->answer_count++;
}

static void
accounting_take(void *context, const struct datagrams_one *datagram)
{
	static const size_t reasons[] = {
	    [REGISTRAR_UNKNOWN_CLIENT] = REFUSED_CLIENT,
	    [REGISTRAR_WRONG_AUTHENTICATOR] = REFUSED_AUTHENTICATOR,
	    [REGISTRAR_MALFORMED] = REFUSED_MALFORMED,
	    [REGISTRAR_WRONG_CODE] = REFUSED_CODE,
	    [REGISTRAR_FOREIGN_NAS] = REFUSED_NAS};
	struct intake *intake = context;
	struct radius_packet packet;
	struct raw_record record = {.kind = RAW_RADIUS,
				    .arrival = datagram->arrival,
				    .peer = datagram->peer,
				    .port = datagram->port,
				    .bytes = datagram->bytes};
	uint32_t client;
	enum registrar_verdict verdict;

	count(intake, COUNTER_REGISTRAR_ACCOUNTING);
	verdict = registrar_clients_judge(intake->clients, &datagram->peer,
					  datagram->port, datagram->bytes,
					  datagram->length, &packet, &client);
	if (verdict > REGISTRAR_REPEATED) {
		refuse(intake, reasons[verdict], &datagram->peer);
		return;
	}
	if (verdict == REGISTRAR_REPEATED) {
		count(intake, COUNTER_REGISTRAR_REPEATED);
		answer_add(intake, client, &packet, datagram);
		return;
	}
	record.name = intake->role->conf->registrar.clients[client].name;
	record.name_length = strlen(record.name);
	record.input = (uint16_t)client;
	record.length = packet.length;
	if (append(intake, &record) != 0)
		return;
	registrar_clients_noted(intake->clients, &datagram->peer,
				datagram->port, &packet);
	answer_add(intake, client, &packet, datagram);
}

/* ----------------------------------------------------------- NAT and logs */

static const struct registrar_sender *
sender_of(const struct registrar_conf *conf, const struct addr *peer,
	  uint16_t *index)
{
	const struct registrar_sender *best = NULL;

	for (size_t i = 0; i < conf->sender_count; i++)
		if (prefix_contains(&conf->senders[i].address, peer) &&
		    (!best ||
		     conf->senders[i].address.length > best->address.length)) {
			best = &conf->senders[i];
			*index = (uint16_t)i;
		}
	return best;
}

static void
message_take(void *context, const struct addr *peer, uint16_t port,
	     struct at_arrival arrival, const uint8_t *bytes, size_t length)
{
	struct intake *intake = context;
	struct raw_record record = {.kind = RAW_SYSLOG,
				    .arrival = arrival,
				    .peer = *peer,
				    .port = port,
				    .bytes = bytes,
				    .length = length};
	const struct registrar_sender *sender =
	    sender_of(&intake->role->conf->registrar, peer, &record.input);

	if (!sender) {
		refuse(intake, REFUSED_SENDER, peer);
		return;
	}
	record.name = sender->name;
	record.name_length = strlen(sender->name);
	if (append(intake, &record) == 0)
		count(intake, COUNTER_REGISTRAR_SYSLOG);
	else
		intake->messages_lost = true;
}

/* No sender sends a message again: who is taken at his word that none is lost
 * can't be, here.  Tried again with the next turn. */
static void
senders_gap(struct intake *intake)
{
	const struct registrar_conf *conf = &intake->role->conf->registrar;
	const struct at_arrival now = {role_clock_us(CLOCK_REALTIME)};

	if (!intake->messages_lost)
		return;
	for (size_t i = 0; i < conf->sender_count; i++) {
		const struct registrar_sender *sender = &conf->senders[i];
		const struct raw_record record = {.kind = RAW_GAP,
						  .input = (uint16_t)i,
						  .arrival = now,
						  .name = sender->name,
						  .name_length =
						      strlen(sender->name)};

		if (sender->complete && append(intake, &record) != 0)
			return;
	}
	intake->messages_lost = false;
}

static void
syslog_take(void *context, const struct datagrams_one *datagram)
{
	message_take(context, &datagram->peer, datagram->port,
		     datagram->arrival, datagram->bytes, datagram->length);
}

static bool
stream_allowed(void *context, const struct addr *peer)
{
	struct intake *intake = context;
	uint16_t index;

	if (sender_of(&intake->role->conf->registrar, peer, &index))
		return true;
	refuse(intake, REFUSED_SENDER, peer);
	return false;
}

static void
message_refuse(void *context)
{
	struct intake *intake = context;

	intake->messages_lost = true;
	count(intake, COUNTER_REGISTRAR_REFUSED_TRUNCATED);
}

static void
nat_take(void *context, const struct datagrams_one *datagram)
{
	struct intake *intake = context;
	const struct registrar_conf *conf = &intake->role->conf->registrar;
	struct raw_record record = {.kind = RAW_IPFIX,
				    .arrival = datagram->arrival,
				    .peer = datagram->peer,
				    .port = datagram->port,
				    .bytes = datagram->bytes,
				    .length = datagram->length};
	size_t i = 0;

	while (i < conf->exporter_count &&
	       !addr_equal(&conf->exporters[i].address, &datagram->peer))
		i++;
	if (i == conf->exporter_count) {
		refuse(intake, REFUSED_EXPORTER, &datagram->peer);
		return;
	}
	record.input = (uint16_t)i;
	record.name = conf->exporters[i].name;
	record.name_length = strlen(record.name);
	if (append(intake, &record) == 0)
		count(intake, COUNTER_REGISTRAR_NAT);
}

/* ------------------------------------------------------------------ files */

static int
piece_take(void *context, const struct raw_record *record)
{
	struct intake *intake = context;
	const int error = append(intake, record);

	if (!error)
		counters_add(intake->counters, COUNTER_REGISTRAR_FILE_BYTES,
			     record->length);
	return error;
}

static int
word_take(void *context, const struct raw_record *record)
{
	return append(context, record);
}

/* Each second; at once where there is more.  In between others are served. */
static bool
files_take(struct intake *intake, int64_t now)
{
	bool more = false;

	if ((!intake->files && !intake->webhook) ||
	    now - intake->files_us < TICK_US)
		return false;
	if (intake->files)
		more = registrar_files_step(intake->files, piece_take, intake);
	if (intake->webhook)
		more = registrar_webhook_step(intake->webhook, word_take,
					      intake) ||
		       more;
	intake->files_us = more ? 0 : now;
	return more;
}

/* --------------------------------------------------------- other threads */

int
intake_put(struct intake *intake, const struct raw_record *record)
{
	const size_t room = RAW_HEADER_MAX + record->length;
	struct handed *handed;
	struct writer writer;
	int error = 0;

	if (record->length > RAW_BYTES_MAX)
		return LZ_E_RANGE;
	handed = memory_new(1, sizeof(*handed) + room);
	if (!handed)
		return LZ_E_MEMORY;
	writer_init(&writer, handed->body, room);
	raw_record_encode(&writer, record);
	handed->length = writer.length;
	pthread_mutex_lock(&intake->mutex);
	if (writer.failed)
		error = LZ_E_RANGE;
	else if (intake->handed_bytes + room > HANDED_BYTES_MAX)
		error = LZ_E_FULL;
	if (!error) {
		if (intake->last_handed)
			intake->last_handed->next = handed;
		else
			intake->first_handed = handed;
		intake->last_handed = handed;
		intake->handed_bytes += room;
	}
	pthread_mutex_unlock(&intake->mutex);
	if (error)
		memory_free(handed);
	return error;
}

static struct handed *
handed_all(struct intake *intake)
{
	struct handed *all;

	pthread_mutex_lock(&intake->mutex);
	all = intake->first_handed;
	intake->first_handed = intake->last_handed = NULL;
	intake->handed_bytes = 0;
	pthread_mutex_unlock(&intake->mutex);
	return all;
}

static void
handed_take(struct intake *intake)
{
	struct handed *handed = handed_all(intake);

	while (handed) {
		struct handed *next = handed->next;

		/* A poll repeats what is lost here: it asks again from what
		 * the index holds. */
		if (append_body(intake, handed->body, handed->length) == 0)
			count(intake, COUNTER_REGISTRAR_ROWS);
		if (group_is_full(intake))
			commit(intake);
		memory_free(handed);
		handed = next;
	}
}

void
intake_indexed(struct intake *intake, uint64_t sequence)
{
	atomic_store(&intake->indexed, sequence);
}

int
intake_skip(struct intake *intake, uint64_t sequence)
{
	int error;

	if (spool_writer_last(intake->spool) >= sequence)
		return 0;
	error = spool_writer_skip(intake->spool, sequence);
	return error ? error : 1;
}

int64_t
intake_beat_us(struct intake *intake)
{
	return atomic_load(&intake->beat_us);
}

/* ---------------------------------------------------------------- thread */

/* Nothing goes that the index hasn't read, nor what bindings may rest on. */
static void
trim(struct intake *intake, int64_t now)
{
	const int64_t kept_us = intake->role->conf->retention.bindings_us;
	const struct at_arrival oldest = {role_clock_us(CLOCK_REALTIME) -
					  kept_us};
	const uint64_t indexed = atomic_load(&intake->indexed);
	uint64_t sequence;
	int error = raw_log_expired(intake->folder, oldest, &sequence);

	intake->trimmed_us = now;
	if (sequence > indexed)
		sequence = indexed;
	if (!error && sequence)
		error = spool_writer_trim(intake->spool, sequence);
	if (error)
		complain(intake, "the raw log can't be trimmed", error);
	if (now - intake->rolled_us >= ROLL_US) {
		spool_writer_roll(intake->spool);
		intake->rolled_us = now;
	}
}

static void
drain(struct intake *intake, unsigned which, datagrams_sink *sink)
{
	bool more = true;

	while (more) {
		const int n =
		    datagrams_receive(intake->datagrams, intake->fds[which],
				      &intake->drops[which], sink, intake);

		more = n == DATAGRAMS_BATCH;
		if (group_is_full(intake))
			commit(intake);
	}
}

/* As many as a poll may bring are taken before the group is closed: under load
 * groups grow by themselves while the disk is busy. */
static void
take_all(struct intake *intake, const struct pollfd *polled)
{
	const uint32_t dropped = intake->drops[FD_SYSLOG];
	uint64_t drops = 0, truncated;

	if (polled[FD_ACCOUNTING].revents)
		drain(intake, FD_ACCOUNTING, accounting_take);
	if (polled[FD_SYSLOG].revents)
		drain(intake, FD_SYSLOG, syslog_take);
	if (polled[FD_NAT].revents)
		drain(intake, FD_NAT, nat_take);
	if (intake->streams)
		syslog_streams_take(intake->streams, polled + FD_COUNT);
	handed_take(intake);
	truncated = datagrams_truncated(intake->datagrams);
	if (truncated || dropped != intake->drops[FD_SYSLOG])
		intake->messages_lost = true;
	senders_gap(intake);
	if (truncated)
		counters_add(intake->counters,
			     COUNTER_REGISTRAR_REFUSED_TRUNCATED, truncated);
	for (size_t i = 0; i < FD_COUNT; i++)
		drops += intake->drops[i];
	counters_set(intake->counters, COUNTER_REGISTRAR_SOCKET_DROPS, drops);
}

static void *
run(void *context)
{
	struct intake *intake = context;
	struct pollfd polled[FD_COUNT + SYSLOG_STREAMS_FDS];
	bool stopping = false, more = false;

	while (!stopping) {
		const int64_t now = role_clock_us(CLOCK_MONOTONIC);
		size_t fds = FD_COUNT;
		int n;

		atomic_store(&intake->beat_us, now);
		if (now - intake->counted_us >= TICK_US)
			silence_count(intake, now);
		if (now - intake->trimmed_us >= TRIM_US)
			trim(intake, now);
		for (size_t i = 0; i < FD_COUNT; i++)
			polled[i] = (struct pollfd){.fd = intake->fds[i],
						    .events = POLLIN};
		polled[FD_STREAMS].fd = -1;
		if (intake->streams)
			fds += syslog_streams_poll(intake->streams,
						   polled + FD_COUNT);
		n = poll(polled, fds, more ? 0 : TICK_US / 1000);
		/* A deaf registrar must not look alive. */
		lz_assert(n >= 0 || errno == EINTR);
		if (n < 0)
			continue;
		stopping = polled[FD_STOP].revents != 0;
		take_all(intake, polled);
		more = files_take(intake, now);
		/* Also where all was repeated: the answers wait. */
		if (intake->unsynced || intake->answer_count)
			commit(intake);
	}
	return NULL;
}

static int
sockets_find(struct intake *intake, const struct role *role)
{
	static const char *const names[FD_COUNT] = {
	    [FD_ACCOUNTING] = "accounting",
	    [FD_SYSLOG] = "syslog",
	    [FD_NAT] = "nat",
	    [FD_STREAMS] = "syslog_tcp"};
	int error = 0;

	for (size_t i = 0; i < role->socket_count && !error; i++) {
		size_t which = 1;

		while (which < FD_COUNT &&
		       strcmp(names[which], role->socket_names[i]) != 0)
			which++;
		if (which == FD_COUNT || intake->fds[which] >= 0)
			return LZ_E_FORMAT;
		intake->fds[which] = role->sockets[i];
		if (which != FD_STREAMS)
			error = datagrams_prepare(role->sockets[i]);
	}
	return error;
}

int
intake_new(const struct role *role, struct registrar_clients *clients, int wake,
	   struct intake **intake)
{
	struct intake *made = memory_new(1, sizeof(*made));
	int error;

	*intake = made;
	if (!made)
		return LZ_E_MEMORY;
	made->role = role;
	made->counters = role->counters;
	made->clients = clients;
	made->wake = wake;
	for (size_t i = 0; i < FD_COUNT; i++)
		made->fds[i] = -1;
	pthread_mutex_init(&made->mutex, NULL);
	made->datagrams = datagrams_new();
	made->fds[FD_STOP] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!made->datagrams)
		return LZ_E_MEMORY;
	if (made->fds[FD_STOP] < 0)
		return -errno;
	made->silence = registrar_silence_new(&role->conf->registrar,
					      role_clock_us(CLOCK_MONOTONIC));
	if (!made->silence)
		return LZ_E_MEMORY;
	if (role->conf->registrar.file_count) {
		made->files = registrar_files_new(role->conf);
		if (!made->files)
			return LZ_E_MEMORY;
	}
	if (role->conf->registrar.webhook) {
		made->webhook = registrar_webhook_new(role->state_root);
		if (!made->webhook)
			return LZ_E_MEMORY;
	}
	error = sockets_find(made, role);
	if (!error && made->fds[FD_STREAMS] >= 0)
		error = syslog_streams_new(made->fds[FD_STREAMS],
					   stream_allowed, message_take,
					   message_refuse, made,
					   &made->streams);
	return error;
}

int
intake_open(struct intake *intake, const char *folder, int role_folder_fd)
{
	const int64_t now = role_clock_us(CLOCK_MONOTONIC);

	if (!text_copy(intake->folder, sizeof(intake->folder),
		       slice_of(folder)))
		return -ENAMETOOLONG;
	intake->rolled_us = intake->trimmed_us = now;
	atomic_store(&intake->beat_us, now);
	if (intake->files) {
		const int error = registrar_files_open(intake->files,
						       role_folder_fd);

		if (error)
			return error;
	}
	if (intake->webhook) {
		const int error = registrar_webhook_open(intake->webhook,
							 role_folder_fd);

		if (error)
			return error;
	}
	return spool_writer_open(folder, &intake->spool);
}

int
intake_start(struct intake *intake)
{
	const int error = pthread_create(&intake->thread, NULL, run, intake);

	intake->started = error == 0;
	return -error;
}

void
intake_stop(struct intake *intake)
{
	const uint64_t one = 1;

	if (intake->started &&
	    write(intake->fds[FD_STOP], &one, sizeof(one)) == sizeof(one))
		pthread_join(intake->thread, NULL);
	intake->started = false;
}

void
intake_free(struct intake *intake)
{
	struct handed *handed;

	if (!intake)
		return;
	intake_stop(intake);
	spool_writer_close(intake->spool);
	syslog_streams_free(intake->streams);
	registrar_files_free(intake->files);
	registrar_silence_free(intake->silence);
	registrar_webhook_free(intake->webhook);
	datagrams_free(intake->datagrams);
	for (handed = handed_all(intake); handed;) {
		struct handed *next = handed->next;

		memory_free(handed);
		handed = next;
	}
	pthread_mutex_destroy(&intake->mutex);
	if (intake->fds[FD_STOP] >= 0)
		close(intake->fds[FD_STOP]);
	memory_free(intake);
}
