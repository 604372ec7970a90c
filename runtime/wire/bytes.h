/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_WIRE_BYTES_H
#define ACTI_WIRE_BYTES_H

/* Little-endian numbers at any address, whatever the machine's byte order. */

#include <stdint.h>

#define ACTI_EACH_BYTE(value) (UINT64_MAX / 0xff * (value))

static inline void
acti_put_u16(unsigned char *to, uint16_t value)
{
	to[0] = (unsigned char)value;
	to[1] = (unsigned char)(value >> 8);
}

static inline void
acti_put_u32(unsigned char *to, uint32_t value)
{
	acti_put_u16(to, (uint16_t)value);
	acti_put_u16(to + 2, (uint16_t)(value >> 16));
}

static inline void
acti_put_u64(unsigned char *to, uint64_t value)
{
	acti_put_u32(to, (uint32_t)value);
	acti_put_u32(to + 4, (uint32_t)(value >> 32));
}

static inline uint16_t
acti_get_u16(const unsigned char *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t
acti_get_u32(const unsigned char *from)
{
	return acti_get_u16(from) | (uint32_t)acti_get_u16(from + 2) << 16;
}

static inline uint64_t
acti_get_u64(const unsigned char *from)
{
	return acti_get_u32(from) | (uint64_t)acti_get_u32(from + 4) << 32;
}

#endif
