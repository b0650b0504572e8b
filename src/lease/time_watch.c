/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each stamp is held against what is usual: its form, the newest time so far,
 * the time it takes to arrive.  Only stamps that fit are learned from.
 */
#include "lease/time_watch.h"

#include <string.h>

#define ROW_MAX 8 /* so many in a row are no accident */
#define FORMS_LEARN 64
#define LAGS_LEARN 64
#define FUTURE_US (5 * TIMES_MINUTE_US)
#define BACK_US (10 * TIMES_MINUTE_US)
#define LATE_US (10 * TIMES_MINUTE_US)
#define STEADY_US TIMES_MINUTE_US
#define JITTER_US (10 * TIMES_SECOND_US)
#define JITTER_MAX_US (5 * TIMES_MINUTE_US)
/* Longer numbers than a part of a date: their length counts. */
#define NUMBER_DIGITS_MIN 5

void
time_watch_init(struct time_watch *watch)
{
	*watch = (struct time_watch){.newest = times_unset(),
				     .before = times_unset(),
				     .broken = true};
}

void
time_watch_resume(struct time_watch *watch)
{
	time_watch_init(watch);
}

void
time_watch_break(struct time_watch *watch)
{
	watch->broken = true;
	watch->steady = 0;
	if (watch->doubt == TIME_WATCH_BACK)
		watch->doubts = 0;
}

const char *
time_watch_text(enum time_watch_cause cause)
{
	switch (cause) {
	case TIME_WATCH_FORM:
		return "stamps of another form";
	case TIME_WATCH_UNREADABLE:
		return "stamps that are no times";
	case TIME_WATCH_FUTURE:
		return "stamps after their arrival";
	case TIME_WATCH_BACK:
		return "stamps long before those that came already";
	case TIME_WATCH_LATE:
		return "stamps steadily off their usual time before arrival";
	default:
		return "nothing";
	}
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t
run_length(struct slice rest, bool (*is)(char))
{
	size_t i = 0;

	while (i < rest.length && is(rest.at[i]))
		i++;
	return i;
}

static void
add_number(struct text *form, size_t length)
{
	if (length < NUMBER_DIGITS_MIN) {
		text_char(form, '9');
		return;
	}
	text_char(form, 'N');
	text_u64(form, length);
}

static void
add_word(struct text *form, struct slice word)
{
	if (slice_equal_folded(word, "am") || slice_equal_folded(word, "pm"))
		text_char(form, 'M');
	else if (word.length == 1)
		text_char(form, word.at[0]);
	else
		text_char(form, 'A');
}

/*
 * "2024-06-20T10:00:00.5Z" to "9-9-9T9:9:9Z": numbers, names, fractions of a
 * second and signs of a zone may differ from stamp to stamp.
 */
static void
form_of(struct slice stamp, char form[TIME_WATCH_FORM_SIZE])
{
	struct slice rest = slice_trim(stamp);
	bool clock = false;
	struct text text;

	text_init(&text, form, TIME_WATCH_FORM_SIZE);
	while (rest.length > 0 && !text.full) {
		char c = rest.at[0];
		size_t length = 1;

		if (is_digit(c)) {
			length = run_length(rest, is_digit);
			add_number(&text, length);
		} else if (is_letter(c)) {
			length = run_length(rest, is_letter);
			add_word(&text, (struct slice){rest.at, length});
		} else if (clock && (c == '.' || c == ',')) {
			struct slice fraction = {rest.at + 1, rest.length - 1};

			length += run_length(fraction, is_digit);
		} else if (c == ' ' || c == '\t') {
			if (text.length > 0 && form[text.length - 1] != ' ')
				text_char(&text, ' ');
		} else {
			clock |= c == ':';
			text_char(&text, clock && c == '-' ? '+' : c);
		}
		rest.at += length;
		rest.length -= length;
	}
}

/* Is the form one of those that are known, or still to be learned? */
static bool
form_fits(struct time_watch *watch, struct slice stamp)
{
	char form[TIME_WATCH_FORM_SIZE] = {0};

	form_of(stamp, form);
	for (uint32_t i = 0; i < watch->form_count; i++)
		if (strcmp(watch->forms[i], form) == 0)
			return true;
	/* One form is the rule; others count only if they come early. */
	if ((watch->form_count > 0 && watch->seen >= FORMS_LEARN) ||
	    watch->form_count == TIME_WATCH_FORMS_MAX)
		return false;
	memcpy(watch->forms[watch->form_count++], form, sizeof(form));
	return true;
}

static enum time_watch_verdict
stop(struct time_watch *watch, enum time_watch_cause cause)
{
	watch->cause = cause;
	return TIME_WATCH_STOP;
}

/* One more that is off in this way; enough of them stop the source. */
static enum time_watch_verdict
doubt(struct time_watch *watch, enum time_watch_cause cause, int64_t jump_us,
      uint64_t origin)
{
	if (watch->doubts == 0)
		watch->first_doubt = origin;
	if (watch->doubts > 0 && watch->doubt != cause)
		watch->doubts = 0;
	watch->doubt = cause;
	watch->jump_us = jump_us;
	if (++watch->doubts >= ROW_MAX)
		return stop(watch, cause);
	return TIME_WATCH_DOUBT;
}

static bool
knows_lag(const struct time_watch *watch)
{
	return watch->timed >= LAGS_LEARN;
}

/* How far a lag is outside of what is usual; 0: it is not. */
static int64_t
lag_off(const struct time_watch *watch, int64_t lag_us)
{
	if (lag_us > watch->lag_high_us)
		return lag_us - watch->lag_high_us;
	if (lag_us < watch->lag_low_us)
		return watch->lag_low_us - lag_us;
	return 0;
}

/* Late in the same way for long enough?  A backlog is late in ever less. */
static bool
is_steady(struct time_watch *watch, int64_t lag_us, struct at_arrival arrival,
	  uint64_t origin)
{
	int64_t jitter_us = watch->lag_high_us - watch->lag_low_us;
	int64_t span_us;

	if (jitter_us < JITTER_US)
		jitter_us = JITTER_US;
	if (jitter_us > JITTER_MAX_US)
		jitter_us = JITTER_MAX_US;
	if (watch->steady == 0 || lag_us - watch->steady_lag_us > jitter_us ||
	    watch->steady_lag_us - lag_us > jitter_us) {
		watch->steady = 1;
		watch->steady_lag_us = lag_us;
		watch->steady_from = arrival;
		watch->first_doubt = origin;
		return false;
	}
	watch->steady++;
	span_us = 4 * jitter_us > STEADY_US ? 4 * jitter_us : STEADY_US;
	return watch->steady >= ROW_MAX &&
	       arrival.us - watch->steady_from.us >= span_us;
}

static void
learn_lag(struct time_watch *watch, int64_t lag_us)
{
	if (watch->timed == 0 || lag_us < watch->lag_low_us)
		watch->lag_low_us = lag_us;
	if (watch->timed == 0 || lag_us > watch->lag_high_us)
		watch->lag_high_us = lag_us;
	if (watch->timed < UINT32_MAX)
		watch->timed++;
}

/* What is known of its arrival. */
static enum time_watch_verdict
see_arrival(struct time_watch *watch, struct at_event event,
	    struct at_arrival arrival, uint64_t origin)
{
	const int64_t lag_us = arrival.us - event.us;
	int64_t off_us;

	if (lag_us < -FUTURE_US)
		return doubt(watch, TIME_WATCH_FUTURE, -lag_us, origin);
	off_us = knows_lag(watch) ? lag_off(watch, lag_us) : 0;
	if (off_us < LATE_US) {
		/* Within the minutes that are allowed nothing is learned any
		 * more: else the usual would drift along with a slow clock. */
		if (!knows_lag(watch))
			learn_lag(watch, lag_us);
		watch->steady = 0;
	} else if (is_steady(watch, lag_us, arrival, origin)) {
		watch->jump_us = off_us;
		return stop(watch, TIME_WATCH_LATE);
	}
	return TIME_WATCH_GOOD;
}

/*
 * Does it lie long before what came?  A few stamps far ahead of all others were
 * wrong themselves when the others go on where they were.
 */
static bool
is_back(struct time_watch *watch, struct at_event event)
{
	if (watch->broken || !times_is_set(watch->newest) ||
	    event.us >= watch->newest.us - BACK_US)
		return false;
	if (watch->supported >= ROW_MAX || !times_is_set(watch->before) ||
	    event.us < watch->before.us - BACK_US)
		return true;
	watch->newest = event;
	return false;
}

static void
learn_event(struct time_watch *watch, struct at_event event)
{
	if (times_is_set(watch->newest) &&
	    event.us > watch->newest.us + BACK_US) {
		watch->before = watch->newest;
		watch->supported = 0;
	}
	if (watch->supported < UINT32_MAX)
		watch->supported++;
	if (!times_is_set(watch->newest) || event.us >= watch->newest.us) {
		watch->newest = event;
		watch->broken = false;
	}
}

enum time_watch_verdict
time_watch_see(struct time_watch *watch, struct slice stamp,
	       struct at_event event, struct at_arrival arrival,
	       uint64_t origin)
{
	enum time_watch_verdict verdict;

	if (watch->cause != TIME_WATCH_NONE)
		return TIME_WATCH_STOP;
	if (!form_fits(watch, stamp)) {
		if (watch->doubts == 0)
			watch->first_doubt = origin;
		return stop(watch, TIME_WATCH_FORM);
	}
	if (watch->seen < UINT32_MAX)
		watch->seen++;
	if (!times_is_set(event))
		return doubt(watch, TIME_WATCH_UNREADABLE, 0, origin);
	if (is_back(watch, event))
		return doubt(watch, TIME_WATCH_BACK,
			     watch->newest.us - event.us, origin);
	if (arrival.us != TIMES_UNSET_US) {
		verdict = see_arrival(watch, event, arrival, origin);
		if (verdict != TIME_WATCH_GOOD)
			return verdict;
	}
	watch->doubts = 0;
	learn_event(watch, event);
	return TIME_WATCH_GOOD;
}
