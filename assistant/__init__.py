"""The core of Mentee: conversation, memory, store and policy. Knows neither Qt nor torch."""
