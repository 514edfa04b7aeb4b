"""The statement behind each frame of facts."""
