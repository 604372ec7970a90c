# SPDX-License-Identifier: BSD-2-Clause
#
# How our own code is compiled, and what actorgen emits; not protobuf-c's and nanopb's output.

add_library(actor_warnings INTERFACE)
target_compile_definitions(actor_warnings INTERFACE _GNU_SOURCE)
target_compile_options(actor_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wmissing-prototypes
  -fstack-clash-protection
  $<$<BOOL:${ACTOR_WERROR}>:-Werror>)
