/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <support/test_bytes.h>

void
test_bytes_fini(struct test_bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct test_bytes){ 0 };
}

void
test_bytes_add(struct test_bytes *bytes, const void *more, size_t size)
{
	while (bytes->capacity - bytes->size < size) {
		bytes->capacity = bytes->capacity > 0 ? 2 * bytes->capacity : 64;
		bytes->at = realloc(bytes->at, bytes->capacity);
		if (bytes->at == NULL)
			abort();
	}
	if (size > 0)
		memcpy(bytes->at + bytes->size, more, size);
	bytes->size += size;
}

void
test_bytes_add_byte(struct test_bytes *bytes, unsigned byte)
{
	test_bytes_add(bytes, &(unsigned char){ (unsigned char)byte }, 1);
}

void
test_bytes_add_varint(struct test_bytes *bytes, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		test_bytes_add_byte(bytes, 0x80 | (value & 0x7f));
	test_bytes_add_byte(bytes, (unsigned)value);
}

void
test_bytes_add_tag(struct test_bytes *bytes, uint32_t number, unsigned wire_type)
{
	test_bytes_add_varint(bytes, (uint64_t)number << 3 | wire_type);
}

void
test_bytes_add_field(struct test_bytes *bytes, uint32_t number, const void *value, size_t size)
{
	test_bytes_add_tag(bytes, number, 2);
	test_bytes_add_varint(bytes, size);
	test_bytes_add(bytes, value, size);
}

void
test_bytes_add_text(struct test_bytes *bytes, uint32_t number, const char *text)
{
	test_bytes_add_field(bytes, number, text, strlen(text));
}

uint64_t
test_random(uint64_t *state)
{
	uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}
