/* SPDX-License-Identifier: Apache-2.0 */
/* One session of libesmtp, one message, one recipient. */
#include "notice/mail_server.h"

#include <stddef.h>

#include <libesmtp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct session {
	smtp_session_t session;
	smtp_message_t message;
	smtp_recipient_t recipient;
	bool sending; /* the message itself is on its way */
};

/* The address of "Name <address>", or all of it. */
static void
bare_address(const char *from, char address[MAIL_ADDRESS_SIZE])
{
	const char *open = strrchr(from, '<');
	struct slice slice = slice_of(open ? open + 1 : from);
	const char *end = memchr(slice.at, '>', slice.length);

	if (end)
		slice.length = (size_t)(end - slice.at);
	if (!text_copy(address, MAIL_ADDRESS_SIZE, slice_trim(slice)))
		address[0] = '\0';
}

/* CR LF at line ends, as SMTP wants; owned by the caller. */
static char *
with_crlf(const char *message)
{
	const size_t length = strlen(message);
	char *copy = memory_new(2 * length + 1, 1);
	size_t at = 0;

	for (size_t i = 0; copy && i < length; i++) {
		if (message[i] == '\n')
			copy[at++] = '\r';
		copy[at++] = message[i];
	}
	return copy;
}

static void
see_event(smtp_session_t session, int event, void *context, ...)
{
	struct session *seen = context;
	va_list arguments;

	(void)session;
	if (event == SMTP_EV_MESSAGEDATA)
		seen->sending = true;
	/* A server without these gets the message all the same. */
	if (event == SMTP_EV_EXTNA_DSN || event == SMTP_EV_EXTNA_8BITMIME) {
		va_start(arguments, context);
		*va_arg(arguments, int *) = 0;
		va_end(arguments);
	}
}

static bool
session_fill(struct session *session, const struct mail_order *order,
	     const char *from, const char *message)
{
	static const int waits[] = {Timeout_GREETING, Timeout_ENVELOPE,
				    Timeout_DATA, Timeout_TRANSFER,
				    Timeout_DATA2};

	session->session = smtp_create_session();
	if (!session->session)
		return false;
	session->message = smtp_add_message(session->session);
	if (!session->message)
		return false;
	session->recipient = smtp_add_recipient(session->message, order->to);
	if (!session->recipient)
		return false;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		(void)smtp_set_timeout(session->session,
				       waits[i] |
					   Timeout_OVERRIDE_RFC2822_MINIMUM,
				       MAIL_SERVER_WAIT_S * 1000);
	(void)smtp_option_require_all_recipients(session->session, 1);
	return smtp_set_server(session->session, order->server) &&
	       smtp_set_hostname(session->session, "localhost") &&
	       smtp_set_eventcb(session->session, see_event, session) &&
	       smtp_set_reverse_path(session->message, from) &&
	       smtp_8bitmime_set_body(session->message, E8bitmime_8BITMIME) &&
	       smtp_dsn_set_ret(session->message, Ret_HDRS) &&
	       smtp_dsn_set_envid(session->message, order->envelope) &&
	       smtp_dsn_set_notify(session->recipient,
				   Notify_FAILURE | Notify_DELAY) &&
	       smtp_set_message_str(session->message,
				    (void *)(uintptr_t)message);
}

/*
 * "250 2.0.0 ...": the first line, without what a terminal would obey and
 * without the address that some servers say again.
 */
static void
say(struct mail_result *result, const smtp_status_t *status, const char *words,
    const char *to)
{
	const size_t length = strlen(to);
	struct text text;

	text_init(&text, result->words, sizeof(result->words));
	if (status) {
		text_u64(&text, (uint64_t)status->code);
		text_char(&text, ' ');
	}
	if (status && status->enh_class > 0) {
		text_i64(&text, status->enh_class);
		text_char(&text, '.');
		text_i64(&text, status->enh_subject);
		text_char(&text, '.');
		text_i64(&text, status->enh_detail);
		text_char(&text, ' ');
	}
	while (words && *words && *words != '\r' && *words != '\n') {
		if (strncmp(words, to, length) == 0) {
			text_add(&text, "...");
			words += length;
			continue;
		}
		text_char(&text,
			  *words >= 0x20 && *words < 0x7f ? *words : '?');
		words++;
	}
}

static enum mail_answer
answer_of(int code)
{
	if (code >= 200 && code < 300)
		return MAIL_ACCEPTED;
	return code >= 500 && code < 600 ? MAIL_REFUSED : MAIL_LATER;
}

/* The answer that decides: a refusal, else that to the message; or NULL. */
static const smtp_status_t *
deciding(const struct session *session)
{
	const smtp_status_t *said[] = {
	    smtp_reverse_path_status(session->message),
	    smtp_recipient_status(session->recipient)};
	const smtp_status_t *sent =
	    smtp_message_transfer_status(session->message);

	for (size_t i = 0; i < 2; i++)
		if (said[i] && said[i]->code >= 400)
			return said[i];
	return sent && sent->code ? sent : NULL;
}

static void
judge(const struct session *session, const char *to, struct mail_result *result)
{
	const smtp_status_t *status = deciding(session);
	char words[128] = "";

	if (status) {
		result->answer = answer_of(status->code);
		say(result, status, status->text, to);
		return;
	}
	result->answer = session->sending ? MAIL_UNKNOWN : MAIL_LATER;
	(void)smtp_strerror(smtp_errno(), words, sizeof(words));
	say(result, NULL, session->sending ? "no answer to the message" : words,
	    to);
}

void
mail_server_hand_over(const struct mail_order *order,
		      struct mail_result *result)
{
	struct session session = {NULL, NULL, NULL, false};
	char from[MAIL_ADDRESS_SIZE];
	char *message = with_crlf(order->message);

	*result = (struct mail_result){MAIL_LATER, "no memory"};
	bare_address(order->from, from);
	if (message && session_fill(&session, order, from, message)) {
		(void)smtp_start_session(session.session);
		judge(&session, order->to, result);
	}
	if (session.session)
		(void)smtp_destroy_session(session.session);
	memory_free(message);
}
