/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths and counts that are known only after what they count was written. */
#include "base/writer.h"

static void
patch(struct writer *writer, size_t offset, uint32_t value, size_t width)
{
	if (writer->failed || offset > writer->length ||
	    writer->length - offset < width) {
		writer->failed = true;
		return;
	}
	for (size_t i = width; i-- > 0; value >>= 8)
		writer->bytes[offset + i] = (uint8_t)value;
}

void
writer_patch_u16(struct writer *writer, size_t offset, uint16_t value)
{
	patch(writer, offset, value, 2);
}

void
writer_patch_u32(struct writer *writer, size_t offset, uint32_t value)
{
	patch(writer, offset, value, 4);
}
