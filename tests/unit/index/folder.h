/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder for a test, and all of it gone again. */
#ifndef TEST_INDEX_FOLDER_H
#define TEST_INDEX_FOLDER_H

#define FOLDER_PATH_SIZE 64

struct folder {
	char path[FOLDER_PATH_SIZE];
};

struct folder folder_new(void);
void folder_free(struct folder *folder);

#endif
