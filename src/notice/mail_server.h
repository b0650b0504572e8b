/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands a message to the operator's mail server over SMTP, and says what is
 * known of it afterwards.  The server is ours and near: its address is given in
 * numbers, nothing is looked up, the connection isn't encrypted.
 */
#ifndef NOTICE_MAIL_SERVER_H
#define NOTICE_MAIL_SERVER_H

#include "base/errors.h"

#define MAIL_SERVER_WORDS_SIZE 96
#define MAIL_SERVER_WAIT_S 10 /* for each answer */
/* All of RFC 5321's "local-part@domain", and its NUL. */
#define MAIL_ADDRESS_SIZE 256

enum mail_answer {
	MAIL_ACCEPTED, /* it is the server's business now */
	MAIL_LATER,    /* not sent, or refused for now: try again */
	MAIL_REFUSED,  /* for good */
	MAIL_UNKNOWN   /* sent, and no answer came: it may have arrived */
};

struct mail_result {
	enum mail_answer answer;
	/* The server's, or ours: printable ASCII without addresses of ours. */
	char words[MAIL_SERVER_WORDS_SIZE];
};

struct mail_order {
	const char *server;   /* "127.0.0.1:25", "[::1]:25" */
	const char *from;     /* "Name <address>" or the address alone */
	const char *to;       /* an address */
	const char *envelope; /* names it in what comes back; no blanks */
	const char *message;  /* lines end with LF */
};

/* Blocks for at most some MAIL_SERVER_WAIT_S.  Answers in *result. */
void mail_server_hand_over(const struct mail_order *order,
			   struct mail_result *result);

#endif
