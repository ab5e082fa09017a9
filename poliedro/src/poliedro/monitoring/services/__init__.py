"""Writes of the room: each audited, in one transaction."""
