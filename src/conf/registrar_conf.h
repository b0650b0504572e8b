/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the configuration says of the registrar's inputs: who may send
 * accounting, which files are followed, whose logs are read.  Only conf/ fills
 * it; roles hand each decoder what it needs.
 */
#ifndef CONF_REGISTRAR_CONF_H
#define CONF_REGISTRAR_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/times.h"
#include "net/addr.h"

#define REGISTRAR_NAME_SIZE 64
#define REGISTRAR_PATH_SIZE 1024
#define REGISTRAR_ZONE_SIZE 8 /* "+02:00" and its NUL */
#define REGISTRAR_CLIENTS_MAX 1024
#define REGISTRAR_FILES_MAX 48
#define REGISTRAR_DATABASES_MAX 8
#define REGISTRAR_SENDERS_MAX 256
#define REGISTRAR_EXPORTERS_MAX 256
#define REGISTRAR_PLANS_MAX 256
#define REGISTRAR_NAS_MAX 16
#define REGISTRAR_EXCLUDED_MAX 8
#define REGISTRAR_VRFS_MAX 8

/* Which attribute names the account, the first that is there. */
enum registrar_holder {
	REGISTRAR_HOLDER_CLASS = 1, /* Class */
	REGISTRAR_HOLDER_USER = 2,  /* User-Name */
	REGISTRAR_HOLDER_LINE = 3,  /* Calling-Station-Id */
	REGISTRAR_HOLDER_CIRCUIT = 4,
	REGISTRAR_HOLDER_REMOTE = 5,
	/* Leases: circuit-id and remote-id together, the client's own words. */
	REGISTRAR_HOLDER_BOTH = 6,
	REGISTRAR_HOLDER_HARDWARE = 7,
	REGISTRAR_HOLDER_CLIENT = 8
};
#define REGISTRAR_HOLDERS_MAX 5

struct registrar_holders {
	uint8_t count;
	uint8_t of[REGISTRAR_HOLDERS_MAX]; /* enum registrar_holder */
};

struct registrar_names {
	uint8_t count;
	char of[REGISTRAR_NAS_MAX][REGISTRAR_NAME_SIZE];
};

/* Who may send RADIUS accounting: a NAS, or a proxy before many. */
struct registrar_client {
	struct prefix address; /* the longest that holds the sender */
	char name[REGISTRAR_NAME_SIZE];
	char secret_file[REGISTRAR_PATH_SIZE];
	bool proxy;    /* its own Accounting-On closes nobody else's */
	bool complete; /* it loses nothing, or we would see it */
	int64_t interim_us, clock_error_us;
	struct registrar_holders holders;
	/* NAS-IP-Address or NAS-Identifier it may speak for; none: any. */
	struct registrar_names nas;
};

enum registrar_format {
	REGISTRAR_RADIUS_DETAIL = 1,
	REGISTRAR_RADACCT, /* CSV with the table's column names */
	REGISTRAR_KEA4,
	REGISTRAR_KEA6,
	REGISTRAR_ISC_DHCPD,
	REGISTRAR_ADDRESS_LIST, /* static and business blocks */
	REGISTRAR_MACHINES,     /* IPAM or hypervisor */
	REGISTRAR_PORT_BLOCKS,  /* CSV */
	REGISTRAR_PATTERN,      /* lines that pattern_file describes */
	REGISTRAR_FORMAT_COUNT
};

/* A file that is read and followed. */
struct registrar_file {
	char path[REGISTRAR_PATH_SIZE];
	char pattern_file[REGISTRAR_PATH_SIZE]; /* REGISTRAR_PATTERN */
	char name[REGISTRAR_NAME_SIZE];
	char
	    zone[REGISTRAR_ZONE_SIZE]; /* of stamps without one; "": not said */
	int32_t zone_offset_s;
	uint8_t format; /* enum registrar_format */
	bool complete;
	int64_t grace_us;   /* a lease goes on so long after its end */
	int64_t interim_us; /* 0: it doesn't repeat itself */
	int64_t clock_error_us;
	/* Of RADIUS formats; of leases at most one of those that fit. */
	struct registrar_holders holders;
};

/* A radacct table that is asked again and again. */
struct registrar_database {
	char postgres[REGISTRAR_PATH_SIZE]; /* conninfo without a password */
	char password_file[REGISTRAR_PATH_SIZE];
	char name[REGISTRAR_NAME_SIZE];
	int64_t poll_us, interim_us, clock_error_us;
	struct registrar_holders holders;
};

enum registrar_log {
	REGISTRAR_LOG_JUNIPER = 1,
	REGISTRAR_LOG_CISCO = 2,
	REGISTRAR_LOG_PATTERN = 3
};

/* What a NAT calls an inside network, "*": whatever it calls it. */
struct registrar_vrf {
	char name[REGISTRAR_NAME_SIZE];
	uint32_t realm;
};
struct registrar_vrfs {
	uint8_t count;
	struct registrar_vrf of[REGISTRAR_VRFS_MAX];
};

/* Whose syslog is read, over UDP or TCP. */
struct registrar_sender {
	struct prefix address;
	char name[REGISTRAR_NAME_SIZE];
	char pattern_file[REGISTRAR_PATH_SIZE]; /* REGISTRAR_LOG_PATTERN */
	char zone[REGISTRAR_ZONE_SIZE];
	int32_t zone_offset_s;
	uint8_t format; /* enum registrar_log */
	bool complete;  /* TCP from who keeps what he couldn't send */
	int64_t interim_us, clock_error_us;
	uint32_t realm; /* of inside addresses where it names no VRF */
	struct registrar_vrfs vrfs;
};

enum registrar_profile {
	REGISTRAR_RFC8158 = 1,
	REGISTRAR_JUNIPER_DRAFT = 2 /* 14/15 are port blocks, not bindings */
};

/* Whose NAT events (IPFIX) are read. */
struct registrar_exporter {
	struct addr address;
	char name[REGISTRAR_NAME_SIZE];
	uint8_t profile; /* enum registrar_profile */
	int64_t interim_us, clock_error_us;
	uint32_t realm;
};

struct registrar_ports {
	uint16_t first, last;
};

struct registrar_excluded {
	uint8_t count;
	struct registrar_ports of[REGISTRAR_EXCLUDED_MAX];
};

/* Deterministic NAT (RFC 7422): one configuration of a NAT, and since when. */
struct registrar_plan {
	struct prefix inside, outside;
	uint32_t realm; /* of the inside addresses */
	uint16_t ports; /* a subscriber */
	uint16_t first; /* port that is given away; 1024 */
	uint16_t last;  /* 65535 */
	bool spread;    /* order: subscribers by turns over the outside
			   addresses; else one is filled after the other */
	/* Do network and broadcast address of the prefix take part? */
	bool inside_boundaries, outside_boundaries;
	struct registrar_excluded excluded;
	struct at_event from, to; /* unset: for ever */
};

struct registrar_conf {
	size_t client_count, file_count, database_count, sender_count,
	    exporter_count, plan_count;
	struct registrar_client *clients;
	struct registrar_file *files;
	struct registrar_database *databases;
	struct registrar_sender *senders;
	struct registrar_exporter *exporters;
	struct registrar_plan *plans; /* readers' business, not the role's */
	bool webhook; /* rented machines come in by POST /api/v1/machines */
};

/* Is there anything to be read: does the role run? */
bool registrar_conf_wanted(const struct registrar_conf *conf);
/* ... by others than it: what isn't in a file that can be read again. */
bool registrar_conf_heard(const struct registrar_conf *conf);

#endif
