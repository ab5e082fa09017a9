"""What may be done, in plain Python."""
