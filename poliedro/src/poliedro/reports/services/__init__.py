"""Writes of the room, and the files made of a report."""
