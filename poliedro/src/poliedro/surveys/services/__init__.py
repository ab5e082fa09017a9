"""Writes of the room: questionnaires are published, sheets filled in and handed in, campaigns opened."""
