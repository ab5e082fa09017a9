"""The room's door to computation."""
