/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_MODEL_H
#define AG_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <google/protobuf/compiler/plugin.pb-c.h>

#include "diagnostics.h"
#include "places.h"

/*
 * The request of protoc, as a graph: every name resolved, every C name spelt, every node with its place.
 * load.c makes it, check.c judges it; during emission it is read-only.  It lives in the request's arena.
 */

typedef Google__Protobuf__FileDescriptorProto ag_file_descriptor;
typedef Google__Protobuf__Compiler__CodeGeneratorRequest ag_request;
typedef Google__Protobuf__FieldDescriptorProto__Type ag_field_type;

struct ag_enum_value {
	const char *name;
	int32_t number;
	struct ag_place place;
};

struct ag_enum {
	const char *name;
	const char *full_name; /* "demo.Color" */
	const struct ag_file *file;
	struct ag_place place;
	struct ag_enum_value *values;
	size_t value_count;
};

/* How a field tells that it is there, whatever the syntax of its file. */
enum ag_presence {
	AG_IMPLICIT, /* by a value that is not zero */
	AG_EXPLICIT,
	AG_REQUIRED,
	AG_REPEATED,
};

struct ag_field {
	const char *name;
	int32_t number;
	ag_field_type type;
	enum ag_presence presence;
	const struct ag_message *message;  /* of a message or group, else NULL */
	const struct ag_enum *enumeration; /* of an enum, else NULL */
	const struct ag_oneof *oneof;      /* that it is a member of, synthetic ones too */
	bool has_default;                  /* proto2: [default = ...] */
	struct ag_place place;
};

struct ag_oneof {
	const char *name;
	const char *full_name;
	bool synthetic; /* made by protoc for one proto3 `optional` */
	struct ag_place place;
};

struct ag_message {
	const char *name;
	const char *full_name; /* "demo.Outer.Inner" */
	const struct ag_file *file;
	struct ag_place place;
	bool map_entry;         /* made by protoc for a map<> */
	const char *base_field; /* protobuf-c's member, "base" */
	struct ag_field *fields;
	size_t field_count;
	struct ag_oneof *oneofs;
	size_t oneof_count;

	const char *c_type;       /* "Demo__Outer__Inner" */
	const char *c_descriptor; /* "demo__outer__inner__descriptor" */
	const char *c_table;      /* "demo__outer__inner__message" */
	const char *c_keyword;    /* "DEMO_OUTER_INNER" */
	const char *c_short;      /* "inner" */
};

enum ag_kind {
	AG_FUNCTION = 1,
	AG_GENERATOR = 2,
	AG_CONTEXT = 3,
};

/* A raised type, with the place that names it. */
struct ag_raise {
	const struct ag_message *message;
	struct ag_place place;
};

struct ag_endpoint {
	const char *name; /* "FanOut" */
	const struct ag_service *service;
	enum ag_kind kind;
	const struct ag_message *request, *reply;          /* NULL: a bidirectional stream has none */
	const struct ag_message *item;                     /* of a generator */
	const struct ag_message *started, *send, *receive; /* of a context; NULL: no such leg */
	struct ag_raise *raises;
	size_t raise_count;
	struct ag_place place;
	const char *comment; /* "" when there is none */

	bool has_c_name; /* (actor.endpoint).c_name was given */
	struct ag_place c_name_place;
	const char *c_name;   /* "fan_out" */
	const char *c_slot;   /* its member of the ops: c_name, or "delete_" */
	const char *c_symbol; /* "demo_tree_fan_out" */
	const char *c_number; /* "DEMO_TREE_FAN_OUT_NUMBER" */
};

struct ag_service {
	const char *name;
	const char *full_name; /* "demo.Tree" */
	const struct ag_file *file;
	struct ag_place place;
	const char *comment;
	struct ag_endpoint *endpoints;
	size_t endpoint_count;
	struct ag_raise *raises; /* of all endpoints, each type once */
	size_t raise_count;
	uint64_t fingerprint;

	const char *c_prefix;    /* "demo_tree" */
	const char *c_parameter; /* "tree": a portal among the parameters */
};

struct ag_file {
	const char *name; /* "dir/tree.proto", as protoc names it */
	const char *stem; /* "dir/tree" */
	const char *package;
	const char *c_package;                  /* the option of protobuf-c, or NULL */
	bool no_generate, use_oneof_field_name; /* more of its options */
	struct ag_place no_generate_place, use_oneof_field_name_place;
	bool proto3;
	bool editions;
	bool generate;   /* asked for, and not a well-known type */
	bool well_known; /* libactor carries its .pb-c.[ch] */
	struct ag_place place;
	struct ag_places places;
	ag_file_descriptor *descriptor;
	struct ag_file **imports;
	size_t import_count;
	size_t public_import_count; /* the first of `imports` */

	struct ag_message **messages; /* nested ones too, in the order of the file */
	size_t message_count;
	struct ag_enum **enums;
	size_t enum_count;
	struct ag_service *services;
	size_t service_count;
	const struct ag_file **owners; /* of the types that its fields use, without itself */
	size_t owner_count;
};

struct ag_model {
	struct ag_arena *arena;
	struct ag_file *files; /* in protoc's order: after all that they import */
	size_t file_count;
	const struct ag_message **messages; /* of all files, sorted by full name */
	size_t message_count;
	const struct ag_enum **enums; /* likewise */
	size_t enum_count;
};

#endif
