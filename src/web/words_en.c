/* SPDX-License-Identifier: Apache-2.0 */
/* English.  Short sentences, no blame, nothing that isn't so. */
#include "fact/rsit.h"
#include "web/words.h"

static const struct word words[] = {
    {"skip", "Skip to the main text"},
    /* Titles, one a page. */
    {"title_why", "Your internet is limited"},
    {"title_attack", "A device on your line attacks others"},
    {"title_steps", "Five steps to clean your device"},
    {"title_opening", "Opening your line"},
    {"title_open", "Your internet is open again"},
    {"title_refused", "A person helps you now"},
    {"title_entry", "Enter your code"},
    {"title_entry_problem", "Problem: enter your code"},
    {"title_help", "Help"},
    {"title_missing", "This page does not exist"},
    {"title_error", "This page does not work just now"},
    /* Why. */
    {"limited_since", "Limited since {{since}}"},
    {"filtered_since", "Attack stopped since {{since}}"},
    {"head_why", "Your internet is limited. You can fix this."},
    {"head_attack", "A device on your line attacks others. You can stop it."},
    {"taken_over", "A device on your line has been taken over by criminals."},
    {"not_you", "You did nothing wrong."},
    {"takes", "It takes about {{minutes}} minutes, costs nothing and needs no "
	      "special skills."},
    {"not_sure", "Not sure this page is real? Good question."},
    {"check_first", "Check it first."},
    {"start", "Start the 5 steps"},
    {"need_help", "I need help"},
    {"is_mistake", "This is a mistake"},
    /* Is it real? */
    {"real", "Is this page real?"},
    {"real_lead", "Do not take our word for it. This is your case code:"},
    {"real_1", "Take an old bill from us, or your contract."},
    {"real_2", "Call the number printed there."},
    {"real_3", "Give the code. We confirm it, or say it is not ours."},
    {"never_1", "We never ask for a password or card number."},
    {"never_2", "We never ask for money for this."},
    {"never_3", "We never ask you to install anything."},
    /* Help. */
    {"call", "Call {{phone}}."},
    {"call_hours", "We answer {{hours}}."},
    {"call_code", "Say the code {{code}}: the person finds your case by it."},
    {"call_bill", "Call the number on your bill."},
    {"bill_number", "the number on your bill"},
    {"origin_own", "us"},
    {"origin_other", "others"},
    {"night", "You can do the steps now; they work at night."},
    {"any_time", "The steps work at any hour."},
    /* What works. */
    {"works_head", "What works, and what is paused"},
    {"works", "Works as always"},
    {"works_phone", "Your home phone with us, and calls to {{emergency}}"},
    {"works_alarm", "Alarms and medical devices on it"},
    {"works_page", "This page, and the steps"},
    {"works_all", "All websites, apps and calls"},
    {"paused", "Paused until you are clean"},
    {"slowed", "Slow until you are clean"},
    {"stopped", "Stopped while it lasts"},
    {"paused_web", "Other websites, apps and games on this line"},
    {"slowed_web", "Websites, apps and games on this line"},
    {"stopped_attack", "The attack itself, and nothing else"},
    {"app_calls", "Calls made through an app."},
    {"emergency_use", "For {{emergency}} use your home phone or a mobile "
		      "network."},
    /* Why you. */
    {"why_you", "Why you"},
    {"what_seen", "What we saw"},
    {"when", "When"},
    {"when_once", "{{first}} ({{zone}})."},
    {"when_span", "First {{first}}, last {{last}} ({{zone}})."},
    {"when_days", "On {{days}} days. First {{first}}, last {{last}} "
		  "({{zone}})."},
    {"which", "Which device"},
    {"which_unknown", "We cannot see inside your home, so we do not know."},
    {"which_computer", "Probably a computer. We cannot see inside your home, "
		       "so we are not sure."},
    {"how", "How we know"},
    {"how_own", "Our own measurements."},
    {"how_lists", "A list of machines that criminals use, kept by others."},
    {"how_both", "Two independent sources: our own measurements, and a list of "
		 "machines that criminals use."},
    {"how_limits", "We look at which ports and how much, never at what you "
		   "read or watch."},
    {"told", "We told you"},
    {"told_mail", "By e-mail on {{told_at}}."},
    {"told_again", "By e-mail on {{told_first}} and on {{told_at}}."},
    {"told_not_yet", "A message to you is on its way."},
    {"expert", "Technical details for an expert"},
    {"expert_time", "Time (UTC)"},
    {"expert_from", "From"},
    {"expert_to", "To port"},
    {"expert_by", "Seen by"},
    {"expert_caption", "What was seen last on this line"},
    {"expert_left_out", "Who was attacked is left out on purpose. No website "
			"you visited is stored or shown."},
    /* Next. */
    {"next", "What happens next"},
    {"next_steps", "You do the steps"},
    {"next_steps_do", "Tick what you did, then press “Reconnect me”."},
    {"next_open", "Your internet opens in seconds"},
    {"next_open_one", "You can do this yourself 1 more time. No need to call."},
    {"next_open_more", "You can do this yourself {{left}} more times. No need "
		       "to call."},
    {"next_person", "Then a person opens your line"},
    {"next_watch", "We keep watch for {{probation_days}} days"},
    {"next_watch_then", "If the attacks stop, the case is closed."},
    {"next_nothing", "If you do nothing"},
    {"next_nothing_then", "The limit ends on {{expires}}. It starts again if "
			  "the attacks go on."},
    {"next_filter_then", "The attack stays stopped while it goes on. If the "
			 "attacks go on, your internet is limited."},
    {"mistake_head", "Is this a mistake?"},
    {"mistake_text", "It can happen, and we want to know. A person looks at "
		     "your case. You need no reasons and no technical words."},
    /* Steps. */
    {"back_why", "Back to why this happened"},
    {"steps_lead", "Five steps, about {{minutes}} minutes. Do them in this "
		   "order. Tick each one as you go: it helps us see what "
		   "works."},
    {"guide_lead", "Five steps, about {{minutes}} minutes. Do them in this "
		   "order."},
    {"why", "Why:"},
    {"did", "I did this"},
    {"before", "Before you start"},
    {"before_copy", "Recordings or files you need? Copy them first."},
    {"before_police", "Going to the police? Do not clean yet: it destroys "
		      "evidence. Call them with the code."},
    {"before_router", "Have your router’s password ready. It is often on its "
		      "label."},
    {"stuck", "Stuck?"},
    {"about_device", "Which device was it?"},
    {"device_camera", "A camera or recorder"},
    {"device_router", "The router"},
    {"device_computer", "A computer"},
    {"device_phone", "A phone, tablet or TV box"},
    {"device_unknown", "I am not sure"},
    {"device_hint", "This does not change whether you are reconnected."},
    {"reconnect", "Reconnect me"},
    {"reconnect_text", "You can do this even if not every box is ticked. But "
		       "people who do all five are more often clean."},
    {"reconnect_one", "You can reconnect yourself 1 more time; after that a "
		      "person helps you."},
    {"reconnect_more", "You can reconnect yourself {{left}} more times; after "
		       "that a person helps you."},
    {"quota", "You have reconnected yourself {{used}} times. Now a person "
	      "helps you: {{phone_or_bill}}."},
    {"quota_never", "On this line a person does it: {{phone_or_bill}}."},
    {"no_limit_steps", "There is nothing to reconnect: only the attack is "
		       "stopped. That ends by itself when the attack does."},
    /* Opening, open, refused. */
    {"opening", "Opening your line. This takes a few seconds."},
    {"opening_state", "Opening"},
    {"opening_wait", "This page looks again by itself. You need not do "
		     "anything."},
    {"opening_again", "Look again"},
    {"late", "Your line is not open yet. That is our problem, not yours."},
    {"late_call", "Your code is {{code}}."},
    {"open_since", "Open since {{since}}"},
    {"open", "Your internet is open again. Thank you."},
    {"open_checked", "We checked: your line is open. If a page still does not "
		     "load, switch your Wi-Fi off and on once."},
    {"watch_until", "We keep watch until {{watch_day}}"},
    {"watch_clean", "We have seen nothing from this line since {{seen_last}}. "
		    "That is no promise that all is well."},
    {"todo", "Still to do"},
    {"todo_text", "You did not tick these. Without them the program often "
		  "comes back within days."},
    {"todo_button", "See the steps again"},
    {"again", "If it attacks again"},
    {"again_text", "If it goes on, the line is limited again."},
    {"quiet_days", "{{probation_days}} quiet days"},
    {"quiet_then", "Then we close the case."},
    {"keep_code", "Keep your case code"},
    {"keep_code_text", "With it, anyone at our help desk finds your case."},
    {"refused_text", "Your line could not be opened from here. That is our "
		     "problem, not yours."},
    /* Code. */
    {"entry_head", "Enter your code"},
    {"entry_lead", "It stands on the message or letter we sent you. It begins "
		   "with LZ."},
    {"entry_free", "From here we see no limit on your line. With a code you "
		   "see what the message was about and what to do."},
    {"entry_label", "Your code"},
    {"entry_hint", "You may paste it. Large or small letters, with or without "
		   "hyphens."},
    {"entry_button", "Show me what to do"},
    {"wrong", "We do not know this code. Check it against your letter, or "
	      "call {{phone_or_bill}}."},
    {"wrong_head", "The code does not match"},
    {"wrong_link", "Type it again"},
    {"tries", "Too many tries. Wait {{wait_minutes}} minutes, or call "
	      "{{phone_or_bill}}."},
    {"tries_head", "Please wait a little"},
    /* Guide by code. */
    {"guide_about", "What the message was about"},
    {"guide_more",
     "More about your case is shown only on the line it is about."},
    /* Help, missing, error. */
    {"help_head", "We help you"},
    {"help_lead", "Every step can be done with a person on the phone."},
    {"missing_head", "This page does not exist"},
    {"missing_lead", "Nothing is wrong with your device because of it."},
    {"missing_link", "Go to the start page"},
    {"error_head", "This page does not work just now"},
    {"error_lead", "That is our problem, not yours. Nothing you did is lost. "
		   "Try again in a minute."},
    {"form_old", "This form has become too old. Please open the steps again."},
    {"form_old_head", "Please try again"},
    {"essentials", "Calls to {{emergency}}, alarms and medical devices work as "
		   "always. For {{emergency}} use your home phone or a mobile "
		   "network."},
    /* Foot. */
    {"foot_code", "Case code {{code}}. Read it to us when you call. It holds "
		  "no personal data."},
    {"foot_desk", "{{operator}} security desk."},
    {"foot_phone", "Phone {{phone}}."},
    {"foot_only", "We limit a line only for security, never for what you say, "
		  "watch or owe."},
    {NULL, NULL}};

static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed",
				       "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
				     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

#define TALKS                                                               \
	{                                                                   \
		"It takes orders from a machine that criminals use.",       \
		    "A device on your line talked to a machine that gives " \
		    "orders to devices like it."                            \
	}
static const struct class_words classes[RSIT_CLASS_COUNT] = {
    [RSIT_NONE] = TALKS,
    [RSIT_DDOS] = {"It floods other people’s systems with data.",
		   "A device on your line sent a flood of data, to make other "
		   "people’s systems stop."},
    [RSIT_SCANNER] = {"It is looking for ways into other people’s devices.",
		      "A device on your line knocked at many other people’s "
		      "devices, one after the other."},
    [RSIT_BRUTE_FORCE] =
	{"It is trying to break into other people’s devices.",
	 "A device on your line tried passwords on other people’s devices."},
    [RSIT_SPAM] = {"It sends unwanted mail to many people.",
		   "A device on your line sent mail to many people who did not "
		   "ask for it."},
    [RSIT_INFECTED_SYSTEM] = TALKS,
    [RSIT_C2_SERVER] = {"It gives orders to devices that criminals have taken "
			"over.",
			"A device on your line gives orders to others."},
    [RSIT_DDOS_AMPLIFIER] = {"Others use it to make attacks larger.",
			     "A device on your line answers whoever asks, with "
			     "much more than was asked."},
    [RSIT_VULNERABLE_SYSTEM] = {"Anybody can get into it.",
				"A device on your line is open to everybody."},
};

static const struct guide device = {
    "Clean your device",
    "20",
    {{"unplug", "Find it and unplug it",
      "Look for cameras, recorders, TV boxes, network disks, door bells and "
      "old routers. Pull the plug of each one you do not know to be safe.",
      "such programs often live in memory only. Without power they are gone."},
     {"restart", "Wait one minute, then plug it in again",
      "Give it a few minutes to start. Do one device after the other.", NULL},
     {"password", "Change its password now",
      "Open its own app or page. Take four words that have nothing to do with "
      "each other. Write them down and keep them at home.",
      "the old password is mostly how they came in, and they come again."},
     {"update", "Update it",
      "Look for “Update” or “Firmware” in the same app or page. If its maker "
      "gives none any more, leave it unplugged.",
      "an update closes the holes that are known."},
     {"router", "Close the door at your router",
      "Switch off “UPnP” on its page. Remove port forwarding you did not set "
      "up. Change its password too.",
      "then nobody reaches your devices from outside."}}};

static const struct guide computer = {
    "Clean the computer",
    "40",
    {{"find", "Find out which computer it is",
      "Think of all computers on your line, also those of guests and "
      "children.",
      NULL},
     {"scan", "Let it look for programs that do not belong",
      "Open the security settings that came with the computer. Start a full "
      "scan, without internet if it offers that. Let it remove what it finds.",
      "a full scan also sees what hides while the computer runs."},
     {"password", "Change your mail password",
      "Do it on another device than this one. Take four words that have "
      "nothing to do with each other.",
      "mail is sent with passwords that were stolen on the computer."},
     {"update", "Update it",
      "Install all updates of the computer and its browser. Restart it after "
      "that.",
      "an update closes the holes that are known."},
     {"router", "Change the password of your router",
      "You find it on a label on the router. Change it on the router’s page.",
      "then nobody uses your line through your Wi-Fi."}}};

const struct language words_english = {"en",    words,   weekdays, months,
				       classes, &device, &computer};
