"""Child processes of the window: the policy server and the learner. Both end when the window does."""
