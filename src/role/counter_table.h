/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every counter of every role in one table: X(symbol, role, type, name, help).
 * The number of a counter is its row's; a page made by another version's table
 * is recognised by a checksum over it.  Counters end in _total and only grow
 * (a restarted role goes on counting); gauges are set.  Rows of one name with
 * different labels stand together.
 */
#ifndef ROLE_COUNTER_TABLE_H
#define ROLE_COUNTER_TABLE_H

/* clang-format off */
#define COUNTER_TABLE(X) \
	X(RUN_UP_SENSOR, "run", "gauge", "lazaret_role_up{role=\"sensor\"}", "1 while the process of a role runs") \
	X(RUN_UP_DESK, "run", "gauge", "lazaret_role_up{role=\"desk\"}", "") \
	X(RUN_UP_NOTIFIER, "run", "gauge", "lazaret_role_up{role=\"notifier\"}", "") \
	X(RUN_UP_ENFORCER, "run", "gauge", "lazaret_role_up{role=\"enforcer\"}", "") \
	X(RUN_UP_WEB, "run", "gauge", "lazaret_role_up{role=\"web\"}", "") \
	X(RUN_UP_METRICS, "run", "gauge", "lazaret_role_up{role=\"metrics\"}", "") \
	X(RUN_UP_REGISTRAR, "run", "gauge", "lazaret_role_up{role=\"registrar\"}", "") \
	X(RUN_WANTED_SENSOR, "run", "gauge", "lazaret_role_wanted{role=\"sensor\"}", "1 where a role is to run") \
	X(RUN_WANTED_DESK, "run", "gauge", "lazaret_role_wanted{role=\"desk\"}", "") \
	X(RUN_WANTED_NOTIFIER, "run", "gauge", "lazaret_role_wanted{role=\"notifier\"}", "") \
	X(RUN_WANTED_ENFORCER, "run", "gauge", "lazaret_role_wanted{role=\"enforcer\"}", "") \
	X(RUN_WANTED_WEB, "run", "gauge", "lazaret_role_wanted{role=\"web\"}", "") \
	X(RUN_WANTED_METRICS, "run", "gauge", "lazaret_role_wanted{role=\"metrics\"}", "") \
	X(RUN_WANTED_REGISTRAR, "run", "gauge", "lazaret_role_wanted{role=\"registrar\"}", "") \
	X(RUN_DEATHS_SENSOR, "run", "counter", "lazaret_role_deaths_total{role=\"sensor\"}", "Processes of a role that ended unasked") \
	X(RUN_DEATHS_DESK, "run", "counter", "lazaret_role_deaths_total{role=\"desk\"}", "") \
	X(RUN_DEATHS_NOTIFIER, "run", "counter", "lazaret_role_deaths_total{role=\"notifier\"}", "") \
	X(RUN_DEATHS_ENFORCER, "run", "counter", "lazaret_role_deaths_total{role=\"enforcer\"}", "") \
	X(RUN_DEATHS_WEB, "run", "counter", "lazaret_role_deaths_total{role=\"web\"}", "") \
	X(RUN_DEATHS_METRICS, "run", "counter", "lazaret_role_deaths_total{role=\"metrics\"}", "") \
	X(RUN_DEATHS_REGISTRAR, "run", "counter", "lazaret_role_deaths_total{role=\"registrar\"}", "") \
	X(SENSOR_DATAGRAMS, "sensor", "counter", "lazaret_sensor_datagrams_total", "Export datagrams taken from the sockets") \
	X(SENSOR_BYTES, "sensor", "counter", "lazaret_sensor_bytes_total", "Bytes of these datagrams") \
	X(SENSOR_SOCKET_DROPS, "sensor", "counter", "lazaret_sensor_socket_drops_total", "Datagrams the kernel dropped because a socket buffer was full") \
	X(SENSOR_RING_DROPS, "sensor", "counter", "lazaret_sensor_ring_drops_total", "Datagrams dropped because decoding fell behind") \
	X(SENSOR_TRUNCATED, "sensor", "counter", "lazaret_sensor_truncated_total", "Datagrams larger than any export datagram can be") \
	X(SENSOR_RECORDS, "sensor", "counter", "lazaret_sensor_records_total", "Flow records decoded") \
	X(SENSOR_UNSUPPORTED, "sensor", "counter", "lazaret_sensor_unsupported_total", "Datagrams of an export version not decoded here") \
	X(SENSOR_MALFORMED_HEADER, "sensor", "counter", "lazaret_sensor_malformed_total{reason=\"header\"}", "Datagrams, sets and records refused") \
	X(SENSOR_MALFORMED_VERSION, "sensor", "counter", "lazaret_sensor_malformed_total{reason=\"version\"}", "") \
	X(SENSOR_MALFORMED_LENGTH, "sensor", "counter", "lazaret_sensor_malformed_total{reason=\"length\"}", "") \
	X(SENSOR_MALFORMED_SET_LENGTH, "sensor", "counter", "lazaret_sensor_malformed_total{reason=\"set_length\"}", "") \
	X(SENSOR_MALFORMED_TEMPLATE, "sensor", "counter", "lazaret_sensor_malformed_total{reason=\"template\"}", "") \
	X(SENSOR_MALFORMED_RECORD, "sensor", "counter", "lazaret_sensor_malformed_total{reason=\"record\"}", "") \
	X(SENSOR_MALFORMED_CEILING, "sensor", "counter", "lazaret_sensor_malformed_total{reason=\"ceiling\"}", "") \
	X(SENSOR_LATE, "sensor", "counter", "lazaret_sensor_late_packets_total", "Packets that came after their window had closed") \
	X(SENSOR_IMPLAUSIBLE, "sensor", "counter", "lazaret_sensor_implausible_total", "Records that are physically impossible") \
	X(SENSOR_OUTSIDE, "sensor", "counter", "lazaret_sensor_outside_total", "Records without an inside address") \
	X(SENSOR_PAIRS_EVICTED, "sensor", "counter", "lazaret_sensor_evicted_total{pool=\"pairs\"}", "Detector state given up because a pool was full") \
	X(SENSOR_SUBJECTS_EVICTED, "sensor", "counter", "lazaret_sensor_evicted_total{pool=\"subjects\"}", "") \
	X(SENSOR_SUBJECTS, "sensor", "gauge", "lazaret_sensor_subjects", "Subjects with detector state") \
	X(SENSOR_PAIRS, "sensor", "gauge", "lazaret_sensor_pairs", "Pairs of subject and destination with windows") \
	X(SENSOR_DETECT_BYTES, "sensor", "gauge", "lazaret_sensor_detect_bytes", "Memory held by the detectors") \
	X(SENSOR_EXPORTERS, "sensor", "gauge", "lazaret_sensor_exporters", "Exporters seen since start") \
	X(SENSOR_DISPUTED, "sensor", "gauge", "lazaret_sensor_exporters_disputed", "Exporters that detect nothing because their stream is disputed") \
	X(SENSOR_EXPORT_LOST, "sensor", "gauge", "lazaret_sensor_export_lost", "Missing in the exporters' sequences since start") \
	X(SENSOR_SIGHTINGS, "sensor", "counter", "lazaret_sensor_sightings_total", "Sightings made") \
	X(SENSOR_SPOOL_REFUSED, "sensor", "counter", "lazaret_sensor_spool_refused_total", "Sightings lost because the spool took no more") \
	X(SENSOR_SPOOL_ERRORS, "sensor", "counter", "lazaret_sensor_spool_errors_total", "Failed syncs of the spool, each tried again") \
	X(SENSOR_SPOOL_LAST, "sensor", "gauge", "lazaret_sensor_spool_last", "Last durable sequence of the spool") \
	X(SENSOR_SPOOL_READ, "sensor", "gauge", "lazaret_sensor_spool_read", "Sequence up to which the desk has read") \
	X(SENSOR_RECORD_TIME, "sensor", "gauge", "lazaret_sensor_record_time_us", "Record time, microseconds since 1970") \
	X(SENSOR_GAPS, "sensor", "counter", "lazaret_sensor_gaps_total", "Restarts after which open windows were lost") \
	X(SENSOR_GAP_US, "sensor", "counter", "lazaret_sensor_gap_us_total", "Traffic time in which nothing was watched, microseconds") \
	X(SENSOR_INDICATORS, "sensor", "gauge", "lazaret_sensor_indicators", "Indicators in use") \
	X(SENSOR_INDICATORS_REFUSED, "sensor", "gauge", "lazaret_sensor_indicators_refused", "Indicator rows refused at start") \
	X(REGISTRAR_ACCOUNTING, "registrar", "counter", "lazaret_registrar_accounting_total", "Accounting packets taken from the socket") \
	X(REGISTRAR_ANSWERED, "registrar", "counter", "lazaret_registrar_answered_total", "Accounting packets answered, all of them durable before") \
	X(REGISTRAR_REPEATED, "registrar", "counter", "lazaret_registrar_repeated_total", "Accounting packets that were here before, answered again") \
	X(REGISTRAR_UNSENT, "registrar", "counter", "lazaret_registrar_unsent_total", "Answers the kernel did not take; the NAS asks again") \
	X(REGISTRAR_REFUSED_CLIENT, "registrar", "counter", "lazaret_registrar_refused_total{reason=\"client\"}", "Packets, messages and datagrams not taken") \
	X(REGISTRAR_REFUSED_AUTHENTICATOR, "registrar", "counter", "lazaret_registrar_refused_total{reason=\"authenticator\"}", "") \
	X(REGISTRAR_REFUSED_MALFORMED, "registrar", "counter", "lazaret_registrar_refused_total{reason=\"malformed\"}", "") \
	X(REGISTRAR_REFUSED_CODE, "registrar", "counter", "lazaret_registrar_refused_total{reason=\"code\"}", "") \
	X(REGISTRAR_REFUSED_NAS, "registrar", "counter", "lazaret_registrar_refused_total{reason=\"nas\"}", "") \
	X(REGISTRAR_REFUSED_TRUNCATED, "registrar", "counter", "lazaret_registrar_refused_total{reason=\"truncated\"}", "") \
	X(REGISTRAR_REFUSED_DISK, "registrar", "counter", "lazaret_registrar_refused_total{reason=\"disk\"}", "") \
	X(REGISTRAR_SYSLOG, "registrar", "counter", "lazaret_registrar_syslog_total", "Syslog messages taken in") \
	X(REGISTRAR_NAT, "registrar", "counter", "lazaret_registrar_nat_total", "Datagrams of NAT events taken in") \
	X(REGISTRAR_FILE_BYTES, "registrar", "counter", "lazaret_registrar_file_bytes_total", "Bytes of followed files taken in") \
	X(REGISTRAR_INPUTS_SILENT, "registrar", "gauge", "lazaret_registrar_inputs_silent", "Clients, senders and exporters not heard for four times their interim (else an hour); standard error names them") \
	X(REGISTRAR_FILES_UNREAD, "registrar", "gauge", "lazaret_registrar_files_unread", "Files that are not there or can not be read now; standard error names them") \
	X(REGISTRAR_ROWS, "registrar", "counter", "lazaret_registrar_rows_total", "Pieces of database tables taken in") \
	X(REGISTRAR_SOCKET_DROPS, "registrar", "gauge", "lazaret_registrar_socket_drops", "Datagrams the kernel dropped since start because a socket buffer was full") \
	X(REGISTRAR_SYNCS, "registrar", "counter", "lazaret_registrar_syncs_total", "Times the raw log was made durable") \
	X(REGISTRAR_SYNC_ERRORS, "registrar", "counter", "lazaret_registrar_sync_errors_total", "Times it could not be; each is tried again") \
	X(REGISTRAR_RAW_LAST, "registrar", "gauge", "lazaret_registrar_raw_last", "Last durable record of the raw log") \
	X(REGISTRAR_RAW_INDEXED, "registrar", "gauge", "lazaret_registrar_raw_indexed", "Record up to which the index has come") \
	X(REGISTRAR_RAW_LOST, "registrar", "gauge", "lazaret_registrar_raw_lost", "Raw records missing since start: damage, or trimmed too early") \
	X(REGISTRAR_EVENTS, "registrar", "counter", "lazaret_registrar_events_total", "Words about bindings taken into the index") \
	X(REGISTRAR_EVENTS_REFUSED, "registrar", "counter", "lazaret_registrar_events_refused_total", "Records and words that could not be read or cannot be") \
	X(REGISTRAR_UNCONFIGURED, "registrar", "counter", "lazaret_registrar_unconfigured_total", "Raw records of inputs that are not configured any more") \
	X(REGISTRAR_STOPPED, "registrar", "gauge", "lazaret_registrar_sources_stopped", "Sources that are stopped because their times changed form") \
	X(REGISTRAR_BATCHES, "registrar", "counter", "lazaret_registrar_batches_total", "Batches committed to the index") \
	X(REGISTRAR_BATCHES_FAILED, "registrar", "counter", "lazaret_registrar_batches_failed_total", "Batches given up and tried again") \
	X(REGISTRAR_SKIPPED, "registrar", "counter", "lazaret_registrar_records_skipped_total", "Raw records given up, because the index could not take them however often it was tried") \
	X(REGISTRAR_CHANGED, "registrar", "counter", "lazaret_registrar_changed_total", "Answers that a later word may have changed") \
	X(REGISTRAR_ROWS_HEAD, "registrar", "gauge", "lazaret_registrar_rows{where=\"head\"}", "Bindings in the index") \
	X(REGISTRAR_ROWS_SEALED, "registrar", "gauge", "lazaret_registrar_rows{where=\"sealed\"}", "") \
	X(REGISTRAR_SOURCES, "registrar", "gauge", "lazaret_registrar_sources", "Sources that have spoken") \
	X(REGISTRAR_CONFLICTS, "registrar", "gauge", "lazaret_registrar_conflicts", "Bindings that contradict another") \
	X(REGISTRAR_DAYS_DAMAGED, "registrar", "gauge", "lazaret_registrar_days_damaged", "Sealed days of the index that are damaged and name nobody") \
	X(DESK_SIGHTINGS, "desk", "counter", "lazaret_desk_sightings_total", "Sightings taken in") \
	X(DESK_COMMANDS, "desk", "counter", "lazaret_desk_commands_total", "Commands of persons taken in") \
	X(DESK_SELF_RELEASES, "desk", "counter", "lazaret_desk_self_releases_total", "Releases that subscribers asked for, taken in") \
	X(DESK_LOOKUPS, "desk", "counter", "lazaret_desk_lookups_total", "Look-ups of who held an address, kept") \
	X(DESK_CHANGES, "desk", "counter", "lazaret_desk_binding_changes_total", "Words that changed who held an address, taken in") \
	X(DESK_MOVED, "desk", "counter", "lazaret_desk_sightings_moved_total", "Sightings whose answer to who it was changed later") \
	X(DESK_DOUBTS, "desk", "gauge", "lazaret_desk_bindings_doubted", "1 while nobody is told or limited because a source of bindings is silent") \
	X(DESK_RECEIPTS, "desk", "counter", "lazaret_desk_receipts_total", "Receipts of notices taken in") \
	X(DESK_EFFECTS, "desk", "counter", "lazaret_desk_effects_total", "Effects of measures taken in") \
	X(DESK_POISON, "desk", "counter", "lazaret_desk_unreadable_total", "Spool records that could not be read and were passed over") \
	X(DESK_DISBELIEVED, "desk", "counter", "lazaret_desk_disbelieved_total", "Sightings no sensor of ours can have made, passed over") \
	X(DESK_SPOOL_LOST, "desk", "gauge", "lazaret_desk_spool_lost", "Spool records missing since start: damage, or trimmed too early") \
	X(DESK_NOTICES, "desk", "counter", "lazaret_desk_notices_total", "Notices decided on, those of shadow included") \
	X(DESK_MEASURES, "desk", "counter", "lazaret_desk_measures_total", "Measures begun, those of shadow included") \
	X(DESK_REFUSED, "desk", "counter", "lazaret_desk_refused_total", "Events and acts the case refused") \
	X(DESK_PERSONS, "desk", "counter", "lazaret_desk_persons_asked_total", "Times a person was asked to decide") \
	X(DESK_CASES, "desk", "gauge", "lazaret_desk_cases", "Cases kept") \
	X(DESK_CASES_WHOLE, "desk", "gauge", "lazaret_desk_cases_open", "Of them, those that are open") \
	X(DESK_ATTRIBUTED, "desk", "counter", "lazaret_desk_stage_total{stage=\"attribution\"}", "Sightings that went through a stage") \
	X(DESK_STEPPED, "desk", "counter", "lazaret_desk_stage_total{stage=\"case\"}", "") \
	X(DESK_STEPS, "desk", "counter", "lazaret_desk_steps_total", "Steps of cases") \
	X(DESK_FOLDED, "desk", "counter", "lazaret_desk_steps_folded_total", "Of them, those that stand in the row of their sighting") \
	X(DESK_QUEUE_FULL, "desk", "counter", "lazaret_desk_queue_full_total", "Times attribution waited because the queue before the cases was full") \
	X(DESK_QUEUE_DEEPEST, "desk", "gauge", "lazaret_desk_queue_deepest", "Sightings that were ever between the stages at a time since start") \
	X(DESK_STANDBY, "desk", "gauge", "lazaret_desk_standby", "1 while another desk has the lease of the store") \
	X(DESK_TURNED_AWAY, "desk", "gauge", "lazaret_desk_turned_away", "Sightings of unknown addresses since start that opened no case: as many as are kept are there") \
	X(DESK_WAITING, "desk", "gauge", "lazaret_desk_identity_waiting", "Sightings whose identity is asked again") \
	X(DESK_CORRECTIONS, "desk", "counter", "lazaret_desk_corrections_total", "Notices taken back, with a correction sent") \
	X(DESK_RECALLED, "desk", "counter", "lazaret_desk_recalled_total", "Stored sightings that recalls took back") \
	X(DESK_RECALLED_NEW, "desk", "counter", "lazaret_desk_recalled_unbelieved_total", "Sightings not believed because what they rest on is recalled") \
	X(DESK_STOPPED, "desk", "gauge", "lazaret_desk_stopped", "What a person has stopped: 1 notices, 2 measures, 3 both") \
	X(DESK_ROUND_FAILED, "desk", "counter", "lazaret_desk_rounds_failed_total", "Transactions rolled back and tried again") \
	X(NOTIFIER_SENT, "notifier", "counter", "lazaret_notifier_sent_total", "Notices handed over to their channel") \
	X(NOTIFIER_THERE, "notifier", "counter", "lazaret_notifier_already_there_total", "Notices found delivered after an interruption") \
	X(NOTIFIER_FAILED, "notifier", "counter", "lazaret_notifier_failed_total", "Tries that failed; each is tried again") \
	X(NOTIFIER_POISON, "notifier", "counter", "lazaret_notifier_unreadable_total", "Outbox rows given up: they could not be read, or nobody tried them for 90 days") \
	X(NOTIFIER_NO_CHANNEL, "notifier", "counter", "lazaret_notifier_no_channel_total", "Notices for a channel that is not there: the case goes to its next one") \
	X(NOTIFIER_NO_CONTACT, "notifier", "gauge", "lazaret_notifier_no_contact", "Outbox rows that wait for a contact of their party") \
	X(NOTIFIER_BEHIND, "notifier", "gauge", "lazaret_notifier_behind", "Outbox rows not delivered yet") \
	X(NOTIFIER_OLDEST_US, "notifier", "gauge", "lazaret_notifier_oldest_us", "Age of the oldest undelivered outbox row, microseconds") \
	X(ENFORCER_CHANGES, "enforcer", "counter", "lazaret_enforcer_changes_total", "Changes the device has done, refreshes included") \
	X(ENFORCER_FAILED, "enforcer", "counter", "lazaret_enforcer_failed_total", "Changes the device has not done; each is tried again") \
	X(ENFORCER_REFUSED, "enforcer", "counter", "lazaret_enforcer_refused_total", "Measures refused by the last check before the device") \
	X(ENFORCER_LOST, "enforcer", "counter", "lazaret_enforcer_lost_total", "Measures in force that were gone from the device unasked") \
	X(ENFORCER_MEASURES, "enforcer", "gauge", "lazaret_enforcer_measures", "Measures that are to be in force") \
	X(ENFORCER_ENTRIES, "enforcer", "gauge", "lazaret_enforcer_entries", "Entries on the device") \
	X(ENFORCER_FOREIGN, "enforcer", "gauge", "lazaret_enforcer_foreign", "Entries on the device that nobody here asked for") \
	X(ENFORCER_UNRELEASED_US, "enforcer", "gauge", "lazaret_enforcer_unreleased_us", "Age of the oldest release not seen on the device, microseconds") \
	X(WEB_ANSWERED, "web", "counter", "lazaret_web_answered_total", "Requests answered by the portal") \
	X(WEB_REFUSED, "web", "counter", "lazaret_web_refused_total", "Requests answered with an error of who asked") \
	X(WEB_DEADLINES, "web", "counter", "lazaret_web_deadlines_total", "Connections closed because a request took too long") \
	X(WEB_LED, "web", "counter", "lazaret_web_led_total", "Requests for other hosts that were led to the portal") \
	X(WEB_RELEASES, "web", "counter", "lazaret_web_releases_total", "Releases that subscribers asked for") \
	X(WEB_CODES_WRONG, "web", "counter", "lazaret_web_codes_wrong_total", "Codes nobody was given") \
	X(WEB_CODES_STOPPED, "web", "counter", "lazaret_web_codes_stopped_total", "Codes not looked at because of too many wrong ones") \
	X(WEB_FORGED, "web", "counter", "lazaret_web_forms_refused_total", "Forms not of our own pages, damaged, or too old") \
	X(WEB_LOOKUPS, "web", "counter", "lazaret_web_lookups_total", "Look-ups answered by the API") \
	X(WEB_API_REFUSED, "web", "counter", "lazaret_web_api_refused_total", "Requests of the API answered with an error of who asked") \
	X(WEB_FAILED, "web", "counter", "lazaret_web_failed_total", "Times the store, the spool or a page failed") \
	X(METRICS_REQUESTS, "metrics", "counter", "lazaret_metrics_requests_total", "Requests answered") \
	X(METRICS_REFUSED, "metrics", "counter", "lazaret_metrics_refused_total", "Requests refused") \
	X(METRICS_DEADLINES, "metrics", "counter", "lazaret_metrics_deadlines_total", "Connections closed because a request took too long")
/* clang-format on */

#define COUNTER_SYMBOL(symbol, role, type, name, help) COUNTER_##symbol,
enum counter_index { COUNTER_TABLE(COUNTER_SYMBOL) COUNTER_COUNT };
#undef COUNTER_SYMBOL

struct counter_row {
	const char *role, *type, *name, *help;
};
extern const struct counter_row counter_rows[COUNTER_COUNT];

#endif
