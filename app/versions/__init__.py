"""The versions page: which version answers, what each one was taught, comparing two."""
