/* SPDX-License-Identifier: Apache-2.0 */
/* Order and text of what a device holds. */
#include "quarantine/element.h"

int
element_compare(const struct element *a, const struct element *b)
{
	int order = (int)a->kind - (int)b->kind;

	if (!order)
		order = (int)a->subject.length - (int)b->subject.length;
	if (!order)
		order = addr_compare(&a->subject.addr, &b->subject.addr);
	if (!order)
		order = addr_compare(&a->peer, &b->peer);
	if (!order)
		order = (a->proto > b->proto) - (a->proto < b->proto);
	if (!order)
		order = (a->peer_port > b->peer_port) -
			(a->peer_port < b->peer_port);
	return order;
}

void
element_format(struct text *text, const struct element *element)
{
	text_add(text, measure_kind_name((enum measure_kind)element->kind));
	text_char(text, ' ');
	if (element->kind != MEASURE_FILTER) {
		prefix_format(text, &element->subject);
	} else {
		const struct endpoint peer = {.addr = element->peer,
					      .port = element->peer_port,
					      .proto = element->proto};

		addr_format(text, &element->subject.addr);
		text_add(text, " > ");
		endpoint_format(text, &peer);
	}
}
