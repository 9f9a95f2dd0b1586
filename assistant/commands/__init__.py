"""The command line: one module per command group, each loaded only when its command is called."""
