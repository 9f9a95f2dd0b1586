"""Simulated users with checkable preferences. The learner never imports this: it must not see what a user checks.

An import rule and a test that runs the learner's modules with this package locked away hold it to that.
"""
