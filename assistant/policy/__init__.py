"""The policy: the served model, its adapters, the HTTP server and the client. Only this package loads llama.cpp."""
