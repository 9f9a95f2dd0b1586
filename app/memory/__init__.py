"""The memory page: standing instructions and facts."""
