"""Small building blocks that every page uses; they know nothing of Mentee's data."""
