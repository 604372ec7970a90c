# SPDX-License-Identifier: BSD-2-Clause
#
# What `cmake --install` puts where: the library, and the package files for CMake and pkg-config.  compiler/ installs
# actorgen, the .proto files, and ActorGenerate.cmake.

include(CMakePackageConfigHelpers)

set(ACTOR_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/actorgen)
set(ACTOR_GENERATED_DIR ${CMAKE_INSTALL_INCLUDEDIR}/actorgen) # holds google/protobuf/*.pb-c.h, and actor/registrar.*.h
set(ACTOR_SHARE_DIR ${CMAKE_INSTALL_DATADIR}/actorgen)

install(TARGETS actor actor_sim EXPORT actorgen)
if(ACTOR_SHARED)
  install(TARGETS actor_shared EXPORT actorgen)
endif()
install(TARGETS actorgen EXPORT actorgen)
install(EXPORT actorgen NAMESPACE actorgen:: FILE actorgen-targets.cmake DESTINATION ${ACTOR_CMAKE_DIR})

install(DIRECTORY runtime/include/actor DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(name ${ACTOR_WELL_KNOWN_TYPES})
  install(FILES generated/google/protobuf/${name}.pb-c.h DESTINATION ${ACTOR_GENERATED_DIR}/google/protobuf)
endforeach()
install(FILES generated/actor/registrar.pb-c.h generated/actor/registrar.actor.h DESTINATION ${ACTOR_GENERATED_DIR}/actor)

configure_package_config_file(cmake/actorgen-config.cmake.in actorgen-config.cmake
  INSTALL_DESTINATION ${ACTOR_CMAKE_DIR} PATH_VARS ACTOR_SHARE_DIR)
write_basic_package_version_file(actorgen-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/actorgen-config.cmake ${PROJECT_BINARY_DIR}/actorgen-config-version.cmake
  cmake/ActorDependencies.cmake
  DESTINATION ${ACTOR_CMAKE_DIR})

install(FILES docs/man/actorgen.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

set(ACTOR_PKGCONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH up /${ACTOR_PKGCONFIG_DIR} /) # from there to the prefix, so that the tree may move
configure_file(cmake/actorgen.pc.in actorgen.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/actorgen.pc DESTINATION ${ACTOR_PKGCONFIG_DIR})
