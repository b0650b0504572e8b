/* SPDX-License-Identifier: Apache-2.0 */
/* The files under share/portal, made into the program when it is built. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

extern const char portal_part_head[];
extern const char portal_part_foot[];
extern const char portal_part_help_card[];
extern const char portal_part_side_end[];
extern const char portal_part_essentials[];
extern const char portal_part_why[];
extern const char portal_part_why_rest[];
extern const char portal_part_steps[];
extern const char portal_part_steps_rest[];
extern const char portal_part_step[];
extern const char portal_part_steps_end[];
extern const char portal_part_opening[];
extern const char portal_part_open[];
extern const char portal_part_open_rest[];
extern const char portal_part_refused[];
extern const char portal_part_entry[];
extern const char portal_part_plain[];
extern const char portal_part_portal[]; /* the style sheet */

#endif
