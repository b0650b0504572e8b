/* SPDX-License-Identifier: Apache-2.0 */
/* Who may send RADIUS accounting: clients, secrets, repetitions. */
#include "role/registrar_clients.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"
#include "base/memory.h"
#include "net/prefix_map.h"
#include "radius/numbers.h"
#include "radius/radius_build.h"
#include "role/secret_file.h"

#define SECRET_SIZE 256
/* Repetitions are known among the last packets: a second of them at full
 * speed; where two fall on one place the older is forgotten. */
#define NOTED_COUNT (1u << 17)

struct noted {
	uint8_t authenticator[RADIUS_AUTHENTICATOR_SIZE];
	struct addr peer;
	uint16_t port;
	uint8_t id;
	bool used;
};

struct secret {
	char bytes[SECRET_SIZE];
	size_t length;
};

struct registrar_clients {
	const struct conf *conf;
	struct prefix_map *map; /* address -> row */
	struct secret *secrets;
	struct md5 *md5;
	struct hash_key key;
	struct noted noted[NOTED_COUNT];
};

/* The first line of a file, without its end. */
static int
secret_read(const struct registrar_client *client, struct secret *secret)
{
	FILE *file = secret_file_open(client->secret_file);
	const char *end;
	int error = 0;

	if (!file || (!fgets(secret->bytes, SECRET_SIZE, file) && ferror(file)))
		error = -errno;
	end = memchr(secret->bytes, '\n', SECRET_SIZE);
	secret->length = end ? (size_t)(end - secret->bytes)
			     : strnlen(secret->bytes, SECRET_SIZE);
	if (secret->length && secret->bytes[secret->length - 1] == '\r')
		secret->length--;
	/* What fills the buffer may go on behind it. */
	if (!error && (secret->length == 0 || secret->length > SECRET_SIZE - 2))
		error = LZ_E_RANGE;
	if (error)
		fprintf(stderr,
			"registrar: secret of %s: %s: %s (expected one line of "
			"1 to %d bytes)\n",
			client->name, client->secret_file, lz_strerror(error),
			SECRET_SIZE - 2);
	if (file)
		fclose(file);
	return error;
}

static int
clients_fill(struct registrar_clients *clients)
{
	const struct registrar_conf *conf = &clients->conf->registrar;
	int error = 0;

	for (size_t i = 0; i < conf->client_count && !error; i++) {
		error = secret_read(&conf->clients[i], &clients->secrets[i]);
		if (!error)
			error = prefix_map_add(clients->map,
					       &conf->clients[i].address,
					       (uint32_t)i);
	}
	if (!error)
		error = prefix_map_seal(clients->map);
	if (!error && getrandom(&clients->key, sizeof(clients->key), 0) !=
			  sizeof(clients->key))
		error = -errno;
	return error;
}

int
registrar_clients_open(const struct conf *conf,
		       struct registrar_clients **clients)
{
	struct registrar_clients *made = memory_new(1, sizeof(*made));
	int error = LZ_E_MEMORY;

	*clients = NULL;
	if (!made)
		return error;
	made->conf = conf;
	made->map = prefix_map_new();
	made->md5 = md5_new();
	made->secrets = memory_new(conf->registrar.client_count + 1,
				   sizeof(*made->secrets));
	if (made->map && made->md5 && made->secrets)
		error = clients_fill(made);
	if (error)
		registrar_clients_free(made);
	else
		*clients = made;
	return error;
}

void
registrar_clients_free(struct registrar_clients *clients)
{
	if (!clients)
		return;
	prefix_map_free(clients->map);
	md5_free(clients->md5);
	if (clients->secrets)
		explicit_bzero(clients->secrets,
			       (clients->conf->registrar.client_count + 1) *
				   sizeof(*clients->secrets));
	memory_free(clients->secrets);
	memory_free(clients);
}

static struct slice
secret_of(const struct registrar_clients *clients, uint32_t client)
{
	return (struct slice){clients->secrets[client].bytes,
			      clients->secrets[client].length};
}

static bool
name_listed(const struct registrar_names *names, struct slice name)
{
	for (uint8_t i = 0; i < names->count; i++)
		if (slice_equal(name, names->of[i]))
			return true;
	return false;
}

/* Each name it gives itself must be one of the client's. */
static bool
nas_is_own(const struct registrar_names *names,
	   const struct radius_packet *packet)
{
	struct radius_iterator iterator;
	struct radius_attribute attribute;
	bool named = false;

	radius_begin(&iterator, packet);
	while (radius_next(&iterator, &attribute)) {
		char written[ADDR_TEXT_SIZE];
		struct slice name = {(const char *)attribute.value,
				     attribute.length};
		struct text text;
		struct addr addr;
		int error = 0;

		if (attribute.vendor)
			continue;
		if (attribute.type == RADIUS_NAS_IP_ADDRESS)
			error = radius_addr4(attribute.value, attribute.length,
					     &addr);
		else if (attribute.type == RADIUS_NAS_IPV6_ADDRESS)
			error = radius_addr6(attribute.value, attribute.length,
					     &addr);
		else if (attribute.type != RADIUS_NAS_IDENTIFIER)
			continue;
		if (!error && attribute.type != RADIUS_NAS_IDENTIFIER) {
			text_init(&text, written, sizeof(written));
			addr_format(&text, &addr);
			name = slice_of(written);
		}
		if (error || !name_listed(names, name))
			return false;
		named = true;
	}
	return named;
}

static struct noted *
noted_place(struct registrar_clients *clients,
	    const struct radius_packet *packet)
{
	/* It depends on the secret: nobody else chooses where it falls. */
	return &clients->noted[hash_bytes(&clients->key, packet->bytes + 4,
					  RADIUS_AUTHENTICATOR_SIZE) %
			       NOTED_COUNT];
}

static bool
was_noted(struct registrar_clients *clients, const struct addr *peer,
	  uint16_t port, const struct radius_packet *packet)
{
	const struct noted *place = noted_place(clients, packet);

	return place->used && place->id == packet->id && place->port == port &&
	       addr_equal(&place->peer, peer) &&
	       memcmp(place->authenticator, packet->bytes + 4,
		      sizeof(place->authenticator)) == 0;
}

enum registrar_verdict
registrar_clients_judge(struct registrar_clients *clients,
			const struct addr *peer, uint16_t port,
			const void *bytes, size_t length,
			struct radius_packet *packet, uint32_t *client)
{
	const struct registrar_client *row;

	*client = prefix_map_find(clients->map, peer);
	if (*client == PREFIX_MAP_NONE)
		return REGISTRAR_UNKNOWN_CLIENT;
	row = &clients->conf->registrar.clients[*client];
	if (radius_read(packet, bytes, length) != 0)
		return REGISTRAR_MALFORMED;
	if (packet->code != RADIUS_ACCOUNTING_REQUEST)
		return REGISTRAR_WRONG_CODE;
	if (radius_verify_request(packet, clients->md5,
				  secret_of(clients, *client)) !=
	    RADIUS_GENUINE)
		return REGISTRAR_WRONG_AUTHENTICATOR;
	if (row->nas.count && !nas_is_own(&row->nas, packet))
		return REGISTRAR_FOREIGN_NAS;
	return was_noted(clients, peer, port, packet) ? REGISTRAR_REPEATED
						      : REGISTRAR_TAKE;
}

void
registrar_clients_noted(struct registrar_clients *clients,
			const struct addr *peer, uint16_t port,
			const struct radius_packet *packet)
{
	struct noted *place = noted_place(clients, packet);

	*place = (struct noted){.peer = *peer,
				.port = port,
				.id = packet->id,
				.used = true};
	memcpy(place->authenticator, packet->bytes + 4,
	       sizeof(place->authenticator));
}

int
registrar_clients_answer(struct registrar_clients *clients, uint32_t client,
			 const struct radius_packet *packet,
			 uint8_t bytes[RADIUS_PACKET_MAX])
{
	return radius_build_accounting_response(bytes, packet, clients->md5,
						secret_of(clients, client));
}
