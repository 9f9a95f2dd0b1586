"""Turns a conversation into prompts, replies, feedback and lessons. Knows no model and no window."""
