"""Stable object names, by which tests and assistive tools find the parts of the window.

Names of parts that occur once per reply (THUMB_UP and so on) repeat; the last one belongs to the newest.
"""

from __future__ import annotations

MAIN_WINDOW = "main_window"

# side bar
NEW_CONVERSATION = "new_conversation"
SEARCH = "search"
CONVERSATIONS = "conversations"
NAV_LEARNING = "nav_learning"
NAV_VERSIONS = "nav_versions"
NAV_LEDGER = "nav_ledger"
NAV_MEMORY = "nav_memory"
NAV_SETTINGS = "nav_settings"
STATUS = "status"
PAGES = "pages"

# chat
CHAT_PAGE = "chat_page"
CHAT_TITLE = "chat_title"
TRANSCRIPT = "transcript"
COMPOSER = "composer"
SEND = "send"
STOP = "stop"
JUMP_TO_LATEST = "jump_to_latest"
INSTRUCTIONS_SWITCH = "instructions_switch"
MESSAGE_ROW = "message_row"
MESSAGE_TEXT = "message_text"
REPLY_BAR = "reply_bar"
THUMB_UP = "thumb_up"
THUMB_DOWN = "thumb_down"
COPY_REPLY = "copy_reply"
COPY_CODE = "copy_code"
REGENERATE = "regenerate"
EDIT_MESSAGE = "edit_message"
VARIANT_BACK = "variant_back"
VARIANT_NEXT = "variant_next"
VARIANT_LABEL = "variant_label"
CORRECTION_BOX = "correction_box"
CORRECTION_TEXT = "correction_text"
CORRECTION_FOLD = "correction_fold"
CORRECTION_REWRITE = "correction_rewrite"
CORRECTION_SEND = "correction_send"
CORRECTION_CANCEL = "correction_cancel"
NOTED_CHIP = "noted_chip"
NOTED_UNDO = "noted_undo"
TOAST = "toast"
TOAST_UNDO = "toast_undo"

# learning
LEARNING_PAGE = "learning_page"
LEARNING_SWITCH = "learning_switch"
JUDGE_LINE = "judge_line"
LEARN_NOW = "learn_now"
LEARN_PAUSE = "learn_pause"
LEARN_STOP = "learn_stop"
LEARN_STAGE = "learn_stage"
LEARN_PROGRESS = "learn_progress"
RUNS = "runs"
EXAMPLES = "examples"

# versions
VERSIONS_PAGE = "versions_page"
VERSION_CARD = "version_card"
VERSION_USE = "version_use"
COMPARE_PROMPT = "compare_prompt"
COMPARE_LEFT = "compare_left"
COMPARE_RIGHT = "compare_right"
COMPARE_RUN = "compare_run"
COMPARE_LEFT_TEXT = "compare_left_text"
COMPARE_RIGHT_TEXT = "compare_right_text"

# what I learned, memory
LEDGER_PAGE = "ledger_page"
LESSON_CARD = "lesson_card"
LESSON_EXCLUDE = "lesson_exclude"
LESSON_FORGET = "lesson_forget"
MEMORY_PAGE = "memory_page"
MEMORY_CARD = "memory_card"
MEMORY_SWITCH = "memory_switch"
MEMORY_EDIT = "memory_edit"
MEMORY_REMOVE = "memory_remove"
MEMORY_ADD_TEXT = "memory_add_text"
MEMORY_ADD = "memory_add"

# settings
SETTINGS_DIALOG = "settings_dialog"
SETTINGS_SAVE = "settings_save"
