# SPDX-License-Identifier: BSD-2-Clause
#
# The libraries that libactor stands on, as imported targets; the installed package reads this file too.
# All are linked statically: libactor is too.

function(actor_static_library target archive header package)
  if(TARGET ${target})
    return()
  endif()
  string(MAKE_C_IDENTIFIER "ACTOR_${archive}" variable)
  find_library(${variable} ${archive})
  find_path(${variable}_INCLUDE ${header})
  mark_as_advanced(${variable} ${variable}_INCLUDE)
  if(NOT ${variable} OR NOT ${variable}_INCLUDE)
    message(FATAL_ERROR "${archive} or ${header} is missing: on Debian, apt-get install ${package}")
  endif()
  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${${variable}}
    INTERFACE_INCLUDE_DIRECTORIES ${${variable}_INCLUDE})
endfunction()

actor_static_library(actorgen::protobuf-c libprotobuf-c.a protobuf-c/protobuf-c.h libprotobuf-c-dev)
actor_static_library(actorgen::nanopb libprotobuf-nanopb.a pb_decode.h libnanopb-dev)
actor_static_library(actorgen::ev libev.a ev.h libev-dev)
actor_static_library(actorgen::boost_context libboost_context.a boost/context/fixedsize_stack.hpp libboost-context-dev)
set_property(TARGET actorgen::ev PROPERTY INTERFACE_LINK_LIBRARIES m)
