# SPDX-License-Identifier: BSD-2-Clause
#[=======================================================================[.rst:
ActorGenerate
-------------

.. command:: actor_generate

  Makes C of .proto files, at build time, for a target::

    actor_generate(TARGET <target> PROTOS <file>...
                   [IMPORT_DIRS <dir>...] [PROTOC_OUT_DIR <dir>] [OUT_VAR <variable>])

  The arguments are those of CMake's own ``protobuf_generate``:

  ``TARGET``
    The target that the generated sources become part of, in the folder that declares it.  It gets their folder as an
    include directory, is linked with libactor, and is compiled with ``-Werror=incompatible-pointer-types``, so that a
    function that does not fit its endpoint is an error, and ``-fstack-clash-protection``, which the stacks of tasks
    need.  May be left out when ``OUT_VAR`` is given.
  ``PROTOS``
    The .proto files; those among the target's sources count too.
  ``IMPORT_DIRS``
    Where .proto files are looked for, and what their names, and the paths of the generated files, are relative to; the
    current source folder is searched last.  ``actor/options.proto`` and ``google/protobuf/*.proto`` are found anyway.
  ``PROTOC_OUT_DIR``
    Where the generated files go; by default the current binary folder.
  ``OUT_VAR``
    A variable for the list of generated files.

  For ``a/b.proto`` there are ``a/b.pb-c.[ch]``, of protobuf-c, and ``a/b.actor.[ch]``.  Editing a .proto file, or one
  that it imports, makes them again; those whose text stays the same are not touched, so nothing is rebuilt for them.
#]=======================================================================]

cmake_policy(PUSH)
cmake_policy(VERSION 3.20...3.25)

# The name of `file` to protoc: relative to the first of `dirs` that it is in; "" when it is in none.
function(_actor_generate_name file dirs ret_name)
  foreach(dir IN LISTS dirs)
    cmake_path(IS_PREFIX dir "${file}" NORMALIZE inside)
    if(inside)
      cmake_path(RELATIVE_PATH file BASE_DIRECTORY "${dir}")
      set(${ret_name} "${file}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${ret_name} "" PARENT_SCOPE)
endfunction()

# Absolute paths of `paths`, each once.
function(_actor_generate_absolute paths ret_paths)
  set(result)
  foreach(path IN LISTS paths)
    cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    list(APPEND result "${path}")
  endforeach()
  list(REMOVE_DUPLICATES result)
  set(${ret_paths} "${result}" PARENT_SCOPE)
endfunction()

function(_actor_generate_use target out_dir sources)
  if(TARGET actorgen::actor)
    set(library actorgen::actor)
  else()
    set(library actor)
  endif()
  target_sources(${target} PRIVATE ${sources})
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${out_dir}>")
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:C>:-Werror=incompatible-pointer-types> -fstack-clash-protection)
  # Not target_link_libraries(), which cannot be called with keywords here and without them by the user.
  set_property(TARGET ${target} APPEND PROPERTY LINK_LIBRARIES ${library})
  set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${library})
endfunction()

function(actor_generate)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;OUT_VAR;PROTOC_OUT_DIR" "PROTOS;IMPORT_DIRS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "actor_generate: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_TARGET AND NOT arg_OUT_VAR)
    message(FATAL_ERROR "actor_generate: name a TARGET or an OUT_VAR")
  endif()
  if(arg_TARGET)
    get_target_property(target_sources ${arg_TARGET} SOURCES)
    list(FILTER target_sources INCLUDE REGEX "\\.proto$")
    list(APPEND arg_PROTOS ${target_sources})
  endif()
  if(NOT arg_PROTOS)
    message(FATAL_ERROR "actor_generate: name the .proto files: PROTOS a.proto ...")
  endif()
  if(NOT arg_PROTOC_OUT_DIR)
    set(arg_PROTOC_OUT_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_PROTOC_OUT_DIR BASE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}" NORMALIZE
             OUTPUT_VARIABLE out_dir)
  if(TARGET actorgen::actorgen)
    set(actorgen actorgen::actorgen)
  else()
    set(actorgen actorgen)
  endif()

  _actor_generate_absolute("${arg_PROTOS}" protos)
  _actor_generate_absolute("${arg_IMPORT_DIRS};${CMAKE_CURRENT_SOURCE_DIR}" import_dirs)
  set(generated)
  foreach(proto IN LISTS protos)
    _actor_generate_name("${proto}" "${import_dirs}" name)
    if(NOT name)
      message(FATAL_ERROR "actor_generate: ${proto} is in none of the folders ${import_dirs}: add one to IMPORT_DIRS")
    endif()
    cmake_path(REMOVE_EXTENSION name LAST_ONLY)
    foreach(suffix .pb-c.h .pb-c.c .actor.h .actor.c)
      list(APPEND generated "${out_dir}/${name}${suffix}")
    endforeach()
    set_source_files_properties("${out_dir}/${name}.pb-c.c" PROPERTIES COMPILE_OPTIONS -w)
  endforeach()

  # What make compares is the stamp, new after every run; the generated files are new only when their text is.
  string(SHA256 key "${out_dir};${protos}")
  string(SUBSTRING "${key}" 0 12 key)
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/actorgen-${key}.stamp")
  list(TRANSFORM import_dirs PREPEND "-I" OUTPUT_VARIABLE import_options)
  list(JOIN arg_PROTOS " " shown)
  add_custom_command(
    OUTPUT "${stamp}"
    BYPRODUCTS ${generated}
    COMMAND ${actorgen} --out "${out_dir}" --depfile "${stamp}.d" --stamp "${stamp}" ${import_options} ${protos}
    DEPENDS ${actorgen} ${protos}
    DEPFILE "${stamp}.d"
    COMMENT "actorgen ${shown}"
    VERBATIM)
  if(arg_TARGET)
    _actor_generate_use(${arg_TARGET} "${out_dir}" "${stamp};${generated}")
  endif()
  if(arg_OUT_VAR)
    set(${arg_OUT_VAR} ${stamp} ${generated} PARENT_SCOPE)
  endif()
endfunction()

cmake_policy(POP)
