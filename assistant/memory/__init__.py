"""What the assistant keeps in words: standing instructions and facts. Knows no model and no window."""
