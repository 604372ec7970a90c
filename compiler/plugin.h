/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_PLUGIN_H
#define AG_PLUGIN_H

/* The front end has protoc run us with this parameter, to have the request itself, on descriptor 3. */
#define AG_CAPTURE "capture"
enum {
	AG_CAPTURE_FD = 3
};

/* protoc-gen-actor: a request on stdin, a response on stdout.  Gives the exit status. */
int ag_plugin_main(void);

#endif
