"""Reads of the reference room."""
