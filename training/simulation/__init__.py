"""Simulated users with checkable preferences. The learner never imports this: it must not see what a user checks."""
