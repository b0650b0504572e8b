/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files to flow records.  libarchive unpacks xz and zstd (its filters alone, no
 * archive formats), zlib gzip, whose check sums libarchive doesn't look at: what
 * was damaged would come out as other addresses.  All of it piece by piece;
 * captures are read by libpcap from a stream fed by those pieces.
 */
#include "role/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/memory.h"
#include "flow/capture.h"
#include "role/text_reader.h"

#define PIECE_SIZE ((size_t)1 << 16)
#define FRAME_MAX ((uint32_t)262144)

struct source {
	struct archive *archive; /* or */
	gzFile gzip;
	const struct input_conf *conf;
	struct input_result *result;
	const char *path;
	uint64_t total;
	char piece[PIECE_SIZE];
	size_t length, at; /* of the piece: bytes in it, bytes taken */
	bool failed;
};

static int
fail(struct source *source, int error, const char *what)
{
	snprintf(source->result->message, sizeof(source->result->message),
		 "%.120s: %.130s", source->path, what);
	return error;
}

static void
tell(const struct source *source, int64_t done)
{
	const struct input_conf *conf = source->conf;

	if (conf->progress && done >= 0)
		conf->progress(conf->context, (uint64_t)done, source->total);
}

static ssize_t
refill_gzip(struct source *source)
{
	const int got = gzread(source->gzip, source->piece,
			       sizeof(source->piece));
	const size_t path_length = strlen(source->path);
	int error = Z_OK;
	const char *what = gzerror(source->gzip, &error);

	tell(source, gzoffset(source->gzip));
	/* What comes before a cut is given out first. */
	if (got > 0 || (got == 0 && error == Z_OK))
		return got;
	if (error == Z_BUF_ERROR)
		what = "breaks off: the rest of the gzip file is missing";
	else if (strncmp(what, source->path, path_length) == 0)
		what += path_length + strspn(what + path_length, ": ");
	fail(source, LZ_E_FORMAT, what);
	return -1;
}

static ssize_t
refill_archive(struct source *source)
{
	const ssize_t got = archive_read_data(source->archive, source->piece,
					      sizeof(source->piece));

	tell(source, archive_filter_bytes(source->archive, -1));
	if (got < 0)
		fail(source, LZ_E_FORMAT,
		     archive_error_string(source->archive));
	return got;
}

/* The next piece; false at the end or on an error. */
static bool
refill(struct source *source)
{
	const ssize_t got = source->gzip ? refill_gzip(source)
					 : refill_archive(source);

	source->at = 0;
	source->length = got > 0 ? (size_t)got : 0;
	source->failed = got < 0;
	return got > 0;
}

static int
open_archive(struct source *source)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int got;

	source->archive = archive;
	if (!archive)
		return fail(source, LZ_E_MEMORY, "no memory");
	archive_read_support_filter_gzip(archive); /* out of a pipe */
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_format_raw(archive);
	archive_read_support_format_empty(archive);
	got = archive_read_open_filename(archive, source->path, PIECE_SIZE);
	if (got == ARCHIVE_OK)
		got = archive_read_next_header(archive, &entry);
	if (got == ARCHIVE_EOF)
		return fail(source, LZ_E_FORMAT, "is empty");
	if (got != ARCHIVE_OK)
		return fail(source, LZ_E_FORMAT, archive_error_string(archive));
	return 0;
}

/* By its first bytes. */
static int
open_source(struct source *source)
{
	static const uint8_t gzip[] = {0x1f, 0x8b};
	uint8_t first[sizeof(gzip)] = {0};
	struct stat status;
	FILE *file;
	int error = 0;

	if (stat(source->path, &status) != 0)
		return fail(source, -errno, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return fail(source, -EISDIR, "is a folder");
	source->total = (uint64_t)status.st_size;
	/* A pipe can't be looked at twice: it is libarchive's. */
	file = S_ISREG(status.st_mode) ? fopen(source->path, "re") : NULL;
	if (!file && S_ISREG(status.st_mode))
		return fail(source, -errno, strerror(errno));
	if (file && fread(first, 1, sizeof(first), file) == sizeof(first) &&
	    memcmp(first, gzip, sizeof(gzip)) == 0)
		source->gzip = gzopen(source->path, "re");
	if (file)
		fclose(file);
	if (!source->gzip)
		error = open_archive(source);
	if (error)
		return error;
	return refill(source)   ? 0
	       : source->failed ? LZ_E_FORMAT
				: fail(source, LZ_E_FORMAT, "is empty");
}

static int
read_text(struct source *source)
{
	const struct input_conf *conf = source->conf;
	struct text_reader *reader = text_reader_new(source->result->format,
						     conf->zone_offset_s);
	int error = 0;

	if (!reader)
		return fail(source, LZ_E_MEMORY, "no memory");
	while (!error) {
		error = text_reader_feed(reader, source->piece, source->length,
					 conf->sink, conf->context);
		if (error || !refill(source))
			break;
	}
	if (!error && !source->failed)
		error = text_reader_end(reader, conf->sink, conf->context);
	text_reader_stats(reader, &source->result->text);
	if (error && !source->failed)
		fail(source, error, text_reader_expects(reader));
	text_reader_free(reader);
	return source->failed ? LZ_E_FORMAT : error;
}

static ssize_t
stream_read(void *cookie, char *buffer, size_t size)
{
	struct source *source = cookie;
	size_t left;

	if (source->at == source->length && !refill(source))
		return source->failed ? -1 : 0;
	left = source->length - source->at;
	if (size > left)
		size = left;
	memcpy(buffer, source->piece + source->at, size);
	source->at += size;
	return (ssize_t)size;
}

static bool
is_flow_port(const struct input_conf *conf, const struct capture_udp *udp)
{
	return capture_is_flow_port(udp->dport) ||
	       (conf->port && udp->dport == conf->port);
}

static void
take_frame(struct source *source, uint32_t link,
	   const struct pcap_pkthdr *header, const uint8_t *frame)
{
	const struct input_conf *conf = source->conf;
	struct flow_datagram datagram = {0};
	struct capture_udp udp;

	source->result->frames++;
	if (header->caplen > FRAME_MAX ||
	    capture_udp(link, frame, header->caplen, &udp) != 0 ||
	    !is_flow_port(conf, &udp)) {
		source->result->not_flow++;
		return;
	}
	datagram.source = udp.src;
	datagram.source_port = udp.sport;
	datagram.arrival.us = (int64_t)header->ts.tv_sec * TIMES_SECOND_US +
			      header->ts.tv_usec;
	datagram.bytes = udp.payload;
	datagram.length = udp.length;
	/* What it refuses it has counted. */
	(void)flow_decoder_datagram(conf->decoder, &datagram, conf->sink,
				    conf->context);
}

static int
read_capture(struct source *source)
{
	cookie_io_functions_t functions = {.read = stream_read};
	char problem[PCAP_ERRBUF_SIZE] = "";
	FILE *stream = fopencookie(source, "r", functions);
	pcap_t *capture = stream ? pcap_fopen_offline(stream, problem) : NULL;
	struct pcap_pkthdr *header;
	const uint8_t *frame;
	int got;

	if (!capture) {
		if (stream)
			fclose(stream);
		return fail(source, LZ_E_FORMAT, problem);
	}
	while ((got = pcap_next_ex(capture, &header, &frame)) == 1)
		take_frame(source, (uint32_t)pcap_datalink(capture), header,
			   frame);
	if (got == PCAP_ERROR)
		fail(source, LZ_E_FORMAT, pcap_geterr(capture));
	pcap_close(capture);
	if (got == PCAP_ERROR)
		return LZ_E_FORMAT;
	if (source->result->frames &&
	    source->result->frames == source->result->not_flow)
		return fail(source, LZ_E_UNSUPPORTED,
			    "a capture without export datagrams (UDP ports "
			    "2055, 4739, 6343, 9995, 9996, or --port N); "
			    "metering packets is not read yet by this version");
	return 0;
}

static bool
begins(const struct source *source, const char *bytes, size_t length)
{
	return source->length >= length &&
	       memcmp(source->piece, bytes, length) == 0;
}

/* By its first bytes alone: names lie. */
static enum input_format
recognise(const struct source *source, const char **unread)
{
	enum input_format format;

	*unread = NULL;
	if (begins(source, "\xd4\xc3\xb2\xa1", 4) ||
	    begins(source, "\xa1\xb2\xc3\xd4", 4) ||
	    begins(source, "\x4d\x3c\xb2\xa1", 4) ||
	    begins(source, "\xa1\xb2\x3c\x4d", 4) ||
	    begins(source, "\x0a\x0d\x0d\x0a", 4))
		return INPUT_DATAGRAMS;
	format = text_reader_recognise(source->piece, source->length);
	if (format != INPUT_AUTO)
		return format;
	if (begins(source, "\x0c\xa5", 2) || begins(source, "\xa5\x0c", 2))
		*unread = "nfdump files are not read; what `nfdump -o csv` "
			  "prints of them is";
	else
		*unread = "not recognised; expected a pcap of export "
			  "datagrams, Argus text with a header line, CSV of "
			  "nfdump, or Zeek's conn.log";
	return INPUT_AUTO;
}

int
input_file(const char *path, const struct input_conf *conf,
	   struct input_result *result)
{
	struct source *source = memory_new(1, sizeof(*source));
	const char *unread;
	int error;

	memset(result, 0, sizeof(*result));
	if (!source)
		return LZ_E_MEMORY;
	source->path = path;
	source->conf = conf;
	source->result = result;
	error = open_source(source);
	if (!error) {
		result->format = recognise(source, &unread);
		if (conf->format != INPUT_AUTO &&
		    conf->format != result->format)
			error = fail(source, LZ_E_FORMAT,
				     "is not of the format asked for");
		else if (unread)
			error = fail(source, LZ_E_UNSUPPORTED, unread);
		else if (result->format == INPUT_DATAGRAMS)
			error = read_capture(source);
		else
			error = read_text(source);
	}
	archive_read_free(source->archive);
	if (source->gzip)
		gzclose(source->gzip);
	memory_free(source);
	return error;
}
