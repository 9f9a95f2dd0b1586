"""What follows for lessons and versions when the user changes their mind, or a version does badly."""
