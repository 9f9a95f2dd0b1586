"""The chat: conversation list, transcript, composer, and the thread on which replies are made."""
