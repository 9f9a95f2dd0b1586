"""The ledger page, "What I learned": every lesson with where it came from."""
