/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeek's conn.log to flow records: its TSV with #separator, #fields, #path and
 * #unset_field lines, and JSON, one object a line (docs.zeek.org, conn.log and
 * "Zeek Log Formats").  The times of JSON may be seconds or milliseconds since
 * the epoch or RFC 3339.
 *
 * A row gives a record for each side that sent packets.  What history (or,
 * where it is missing, conn_state) says of TCP flags:
 * - S, H, A, F, R are SYN, SYN-ACK, ACK, FIN, RST; T and W an ACK; Q and I the
 *   flags they must have had.  D, data, is ACK and PSH, except with nothing
 *   but a SYN of its own and no word of the other side: data in a SYN.
 * - Zeek keeps nothing of packets with bad checksums (C): where one side had
 *   such, or packets and no letter, flags are given only where its own ACK
 *   shows that it is no lone SYN.
 * Who began is said of TCP alone, and only where its SYN or the SYN-ACK to it
 * was seen; for UDP Zeek's originator is a guess by ports once the first
 * packet was missed.  Of ICMP, a request's answer has the type that Zeek
 * names; codes only where it gives one.
 *
 * bytes are those of IP packets, else those of payload.  Where a log has no
 * packet counts they are bounded: by the frame of at most 1,514 bytes and the
 * smallest headers for bytes of IP, else by payload of at least a byte and an
 * acknowledgement for each packet; `packets` is the least.
 *
 * Not here: other logs (their rows are counted).
 */
#ifndef FLOW_ZEEK_H
#define FLOW_ZEEK_H

#include "flow/text_rows.h"

struct zeek;

struct zeek *zeek_new(void);
void zeek_free(struct zeek *zeek);

/* Do these first bytes look like a log of Zeek's (TSV), or a line of conn.log
 * (JSON)? */
bool zeek_recognise(const char *bytes, size_t length);

/*
 * Feeds the next piece of the text, cut anywhere; records go to `sink`.
 * LZ_E_FORMAT when the first log is no conn.log, or has not what a flow needs
 * (nothing is guessed).
 */
LZ_NODISCARD int zeek_feed(struct zeek *zeek, const char *bytes, size_t length,
			   flow_sink *sink, void *context);
/* The text has ended: a last line without newline is read. */
LZ_NODISCARD int zeek_end(struct zeek *zeek, flow_sink *sink, void *context);
void zeek_stats(const struct zeek *zeek, struct text_stats *stats);

#endif
