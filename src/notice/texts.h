/* SPDX-License-Identifier: Apache-2.0 */
/* The texts under share/notices, made into the program when it is built. */
#ifndef NOTICE_TEXTS_H
#define NOTICE_TEXTS_H

extern const char notice_text_en_notice[];
extern const char notice_text_en_correction[];

#endif
