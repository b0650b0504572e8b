/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At most two files are open: the one that has the name (or, after a restart, an
 * older one on the way to it), and the one before it.  Each is read from its own
 * offset; a step looks at the older one first.
 */
#include "role/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"

#define NAME_SIZE 4096

struct part {
	int fd; /* -1: none */
	uint64_t inode, offset;
	bool skipping; /* inside a record that is too long */
	unsigned idle; /* steps without news */
	size_t head_length;
	char head[TAIL_HEAD_MAX];
};

struct tail {
	struct tail_conf conf;
	struct part current, previous;
	size_t next; /* older[next], then the path itself, is to be opened */
	bool looked; /* current was compared with its head since the last end */
	bool done;   /* once: all was read */
	struct tail_counts counts;
	char buffer[TAIL_CHUNK_MAX];
};

size_t
tail_cut_lines(const char *bytes, size_t length)
{
	while (length > 0 && bytes[length - 1] != '\n')
		length--;
	return length;
}

static void
part_close(struct part *part)
{
	if (part->fd >= 0)
		(void)close(part->fd);
	*part = (struct part){.fd = -1};
}

static ssize_t
read_at(int fd, char *bytes, size_t length, uint64_t offset)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = pread(fd, bytes + done, length - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* The name older[index], or the path itself behind the last of them. */
static bool
name_of(const struct tail *tail, size_t index, char name[NAME_SIZE])
{
	struct text text;

	text_init(&text, name, NAME_SIZE);
	text_add(&text, tail->conf.path);
	if (index < tail->conf.older_count)
		text_add(&text, tail->conf.older[index]);
	return !text.full;
}

/* Opens a name into a closed part; 0, LZ_E_UNSUPPORTED or -errno. */
static int
part_open(const struct tail *tail, size_t index, struct part *part)
{
	char name[NAME_SIZE];
	struct stat stat;
	ssize_t length;
	int fd;

	*part = (struct part){.fd = -1};
	if (!name_of(tail, index, name))
		return -ENAMETOOLONG;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
		(void)close(fd);
		return LZ_E_UNSUPPORTED;
	}
	length = read_at(fd, part->head, sizeof(part->head), 0);
	if (length < 0) {
		(void)close(fd);
		return (int)length;
	}
	part->fd = fd;
	part->inode = stat.st_ino;
	part->head_length = (size_t)length;
	return 0;
}

/*
 * Has the file been cut, or its beginning changed?  Then it is read from its
 * start again.  Keeps more of the beginning as there is more.
 */
static int
part_look(struct tail *tail, struct part *part)
{
	char head[TAIL_HEAD_MAX];
	struct stat stat;
	ssize_t length;

	if (fstat(part->fd, &stat) != 0)
		return -errno;
	length = read_at(part->fd, head, sizeof(head), 0);
	if (length < 0)
		return (int)length;
	if ((uint64_t)stat.st_size < part->offset ||
	    (size_t)length < part->head_length ||
	    memcmp(head, part->head, part->head_length) != 0) {
		tail->counts.rewritten++;
		part->offset = 0;
		part->skipping = false;
	}
	part->head_length = (size_t)length;
	memcpy(part->head, head, part->head_length);
	return 0;
}

static struct tail_mark
mark_of(const struct part *part)
{
	if (part->fd < 0)
		return (struct tail_mark){.inode = 0};
	return (struct tail_mark){
	    .inode = part->inode,
	    .offset = part->offset,
	    .head_length = (uint32_t)part->head_length,
	    .head_crc = hash_crc32c(0, part->head, part->head_length),
	};
}

/* Is this the file of the mark, as far as its beginning tells? */
static bool
is_marked(const struct part *part, const struct tail_mark *mark)
{
	return part->inode == mark->inode &&
	       part->head_length >= mark->head_length &&
	       mark->head_length <= sizeof(part->head) &&
	       hash_crc32c(0, part->head, mark->head_length) == mark->head_crc;
}

/* Finds the file of a mark under any of its names; false: it is gone. */
static bool
find(const struct tail *tail, const struct tail_mark *mark, struct part *part,
     size_t *index)
{
	if (mark->inode == 0)
		return false;
	for (size_t i = tail->conf.older_count + 1; i-- > 0;) {
		if (part_open(tail, i, part) == 0 && is_marked(part, mark)) {
			part->offset = mark->offset;
			*index = i;
			return true;
		}
		part_close(part);
	}
	return false;
}

static void
restore(struct tail *tail, const struct tail_place *place)
{
	const size_t path = tail->conf.older_count;
	size_t index = 0;

	if (find(tail, &place->current, &tail->current, &index)) {
		tail->next = index < path ? index + 1 : path;
		/* Inodes are used again: it may be the current one by now. */
		if (place->previous.inode != place->current.inode)
			(void)find(tail, &place->previous, &tail->previous,
				   &index);
		return;
	}
	tail->next = tail->conf.from_older ? 0 : path;
	if (place->current.inode != 0) {
		tail->counts.vanished++;
		tail->next = 0;
	}
}

struct tail *
tail_new(const struct tail_conf *conf, const struct tail_place *place)
{
	static const struct tail_place none;
	struct tail *tail = memory_new(1, sizeof(*tail));

	if (!tail)
		return NULL;
	tail->conf = *conf;
	tail->current.fd = -1;
	tail->previous.fd = -1;
	restore(tail, place ? place : &none);
	return tail;
}

void
tail_free(struct tail *tail)
{
	if (!tail)
		return;
	part_close(&tail->current);
	part_close(&tail->previous);
	memory_free(tail);
}

struct tail_place
tail_place(const struct tail *tail)
{
	return (struct tail_place){mark_of(&tail->current),
				   mark_of(&tail->previous)};
}

struct tail_counts
tail_counts(const struct tail *tail)
{
	return tail->counts;
}

/* Moves behind a record that no chunk can hold, up to its line's end. */
static void
skip_long(struct tail *tail, struct part *part, size_t length)
{
	/* A whole buffer without a record: of its lines the last alone may be
	 * another's beginning.  Behind that, up to the end of the line. */
	const char *end = part->skipping ? memchr(tail->buffer, '\n', length)
					 : memrchr(tail->buffer, '\n', length);

	if (!part->skipping)
		tail->counts.too_long++;
	part->skipping = !end;
	part->offset += end ? (size_t)(end - tail->buffer) + 1 : length;
}

/* Hands `length` bytes of the buffer on; 1, or what the sink said. */
static int
hand_on(struct tail *tail, struct part *part, size_t length, bool last,
	tail_sink *sink, void *context)
{
	struct tail_chunk chunk = {
	    .header = {part->head, part->offset ? part->head_length : 0},
	    .bytes = {tail->buffer, length},
	    .inode = part->inode,
	    .offset = part->offset,
	    .last = last,
	};
	const uint64_t before = part->offset;
	size_t known;
	int answer;

	/* What was handed on must be recognised, also if it was written after
	 * the beginning was looked at. */
	known = part->head_length;
	if (known >= before && known < before + length &&
	    known < TAIL_HEAD_MAX) {
		size_t more = (size_t)(before + length) - known;

		if (more > TAIL_HEAD_MAX - known)
			more = TAIL_HEAD_MAX - known;
		memcpy(part->head + known, tail->buffer + (known - before),
		       more);
		part->head_length += more;
	}
	part->offset += length;
	chunk.after = tail_place(tail);
	answer = sink(context, &chunk);
	if (answer != 0) {
		part->offset = before;
		return answer;
	}
	part->idle = 0;
	return 1;
}

/* Reads on in one file: 1: there was something; 0: not now; below: failed.
 * `last`: nobody writes to it any more. */
static int
part_step(struct tail *tail, struct part *part, bool last, tail_sink *sink,
	  void *context)
{
	ssize_t length = read_at(part->fd, tail->buffer, sizeof(tail->buffer),
				 part->offset);
	bool full = length == (ssize_t)sizeof(tail->buffer);
	size_t whole;

	if (length <= 0)
		return (int)length;
	if (part->skipping) {
		skip_long(tail, part, (size_t)length);
		return 1;
	}
	whole = tail->conf.cut(tail->buffer, (size_t)length);
	if (whole > 0)
		return hand_on(tail, part, whole,
			       last && !full && whole == (size_t)length, sink,
			       context);
	if (full) {
		skip_long(tail, part, (size_t)length);
		return 1;
	}
	if (!last)
		return 0;
	if (!tail->conf.once)
		tail->counts.torn++;
	return hand_on(tail, part, (size_t)length, true, sink, context);
}

/* Looks after the file before this one; as part_step. */
static int
step_previous(struct tail *tail, tail_sink *sink, void *context)
{
	struct part *part = &tail->previous;
	bool last = part->idle >= TAIL_LINGER_STEPS;
	int answer = part_step(tail, part, last, sink, context);

	if (answer == 0 && last)
		part_close(part);
	else if (answer == 0)
		part->idle++;
	return answer;
}

/* Opens the next file; 1: it is open, 0: there is none yet. */
static int
open_next(struct tail *tail)
{
	const size_t path = tail->conf.older_count;

	for (;;) {
		int error = part_open(tail, tail->next, &tail->current);

		if (error == 0) {
			tail->next += tail->next < path;
			tail->looked = true;
			return 1;
		}
		if (error != -ENOENT)
			return error;
		if (tail->next == path)
			return tail->conf.once ? error : 0;
		tail->next++;
	}
}

/* Inode of a name; 0: there is none. */
static uint64_t
inode_of(const struct tail *tail, size_t index)
{
	char name[NAME_SIZE];
	struct stat found;

	if (!name_of(tail, index, name) || stat(name, &found) != 0)
		return 0;
	return found.st_ino;
}

/* Does another file have the name of the one that is being read? */
static bool
is_renamed(const struct tail *tail)
{
	uint64_t inode = inode_of(tail, tail->conf.older_count);

	return inode != 0 && inode != tail->current.inode;
}

/* Which file is the next after the one that was read: it may have been renamed
 * more than once since the last look. */
static size_t
after_current(const struct tail *tail)
{
	for (size_t i = tail->conf.older_count; i-- > 0;)
		if (inode_of(tail, i) == tail->current.inode)
			return i + 1;
	return tail->next;
}

/* The current file becomes the previous one, whose rest is done with. */
static int
rotate(struct tail *tail, tail_sink *sink, void *context)
{
	if (tail->previous.fd >= 0) {
		int answer = part_step(tail, &tail->previous, true, sink,
				       context);

		if (answer != 0)
			return answer;
		part_close(&tail->previous);
	}
	tail->counts.rotated++;
	tail->next = after_current(tail);
	tail->previous = tail->current;
	tail->previous.idle = 0;
	tail->current = (struct part){.fd = -1};
	return 1;
}

/* All of the file has been read, for now. */
static int
step_end(struct tail *tail, tail_sink *sink, void *context)
{
	int answer;

	tail->looked = false;
	if (tail->conf.once) {
		answer = part_step(tail, &tail->current, true, sink, context);
		tail->done = answer == 0;
		return answer;
	}
	if (!is_renamed(tail))
		return 0;
	answer = rotate(tail, sink, context);
	return answer == 1 && tail->current.fd < 0 ? open_next(tail) : answer;
}

int
tail_step(struct tail *tail, tail_sink *sink, void *context)
{
	int answer;

	if (tail->done)
		return 0;
	if (tail->previous.fd >= 0) {
		answer = step_previous(tail, sink, context);
		if (answer != 0)
			return answer;
	}
	if (tail->current.fd < 0) {
		answer = open_next(tail);
		if (answer <= 0)
			return answer;
	}
	if (!tail->looked) {
		answer = part_look(tail, &tail->current);
		if (answer < 0)
			return answer;
		tail->looked = true;
	}
	answer = part_step(tail, &tail->current, false, sink, context);
	return answer != 0 ? answer : step_end(tail, sink, context);
}
