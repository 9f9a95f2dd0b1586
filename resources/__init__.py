"""Small data that ships: prompts, icons, styles, licences."""
