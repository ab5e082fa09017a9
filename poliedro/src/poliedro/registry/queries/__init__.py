"""Reads: query sets or frozen cards."""
