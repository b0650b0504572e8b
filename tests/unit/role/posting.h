/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk played by a test, before the real lazaret-notifier in its sandbox:
 * rows into the outbox, and what becomes of them in Maildir and spool.
 */
#ifndef TESTS_ROLE_POSTING_H
#define TESTS_ROLE_POSTING_H

#include "fact/case_fact.h"
#include "notice/notice.h"
#include "role/counters.h"
#include "role/receipt.h"
#include "store/desk_store.h"
#include "unit/role/running.h"

#define POSTING_RECEIPTS_MAX 4096

struct posting_receipt {
	uint64_t notice;
	enum receipt_kind kind;
	bool correction;
	int64_t time_us;
	char proof[RECEIPT_PROOF_SIZE];
};

struct posting {
	struct running running;
	char mail[RUNNING_PATH_SIZE], desk[RUNNING_PATH_SIZE + 32];
	char bell[RUNNING_PATH_SIZE + 32];
	int ring;
	struct store *store; /* the desk's; NULL: closed */
	pid_t pid;           /* of the notifier; 0: none */
	/* Runs it in the child itself, where set; its exit code. */
	int (*inside)(const char *conf);
	const struct counters *page;
	size_t receipt_count; /* each once, in the spool's order */
	struct posting_receipt receipts[POSTING_RECEIPTS_MAX];
};

/* Folders and configuration; `mail`: with a Maildir. */
void posting_init(struct posting *posting, bool mail);
/* The same with any lines of YAML; MAIL in them is the Maildir. */
void posting_init_as(struct posting *posting, const char *notice);
void posting_fini(struct posting *posting);

/* Opens, and makes, the desk's database. */
void posting_desk_open(struct posting *posting);
void posting_desk_close(struct posting *posting);
void posting_letter(uint64_t notice, struct notice_letter *letter);
/* A row whose letter is posting_letter's. */
void posting_add(struct posting *posting, enum store_lane lane,
		 uint64_t notice);
/* A row with this letter: a notice, or a correction of one that is there. */
void posting_add_letter(struct posting *posting,
			const struct notice_letter *letter);
/* A row with any body. */
void posting_add_body(struct posting *posting, uint64_t notice,
		      struct at_event due, const void *body, size_t length);
struct at_event posting_now(void);

/* Starts it; waits until it is ready, where asked to. */
void posting_start(struct posting *posting, bool wait);
/* Ends it by a signal (0: it ends by itself); exit code, -1 when it was
 * killed. */
int posting_end(struct posting *posting, int signal);
void posting_wait(struct posting *posting, unsigned counter, uint64_t value);

/* Waits until so many receipts are in the spool, each counted once. */
void posting_wait_receipts(struct posting *posting, size_t count);

/* How often a notice lies in new and cur. */
unsigned posting_delivered(const struct posting *posting, uint64_t notice);
/* Files of a folder of the Maildir. */
unsigned posting_files(const struct posting *posting, const char *folder);
/* Reads all receipts anew. */
void posting_receipts_read(struct posting *posting);
unsigned posting_receipts(const struct posting *posting, uint64_t notice,
			  enum receipt_kind kind);

#endif
