"""The window. Talks to `assistant`, never to `training`; knows no torch and no llama.cpp."""
