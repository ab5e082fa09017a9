"""Writes: one verb, one transaction, audited in it."""
