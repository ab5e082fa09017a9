"""Rules of the room: plain Python, one module a theme."""
