/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_FRONTEND_H
#define AG_FRONTEND_H

/* actorgen: arguments as of main().  Gives the exit status: 0, 1 for a failure, 2 for wrong usage. */
int ag_frontend_main(int argc, char **argv);

#endif
