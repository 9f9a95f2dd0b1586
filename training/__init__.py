"""The learner: judge, practice, losses, trainer, exam. Knows no Qt."""
