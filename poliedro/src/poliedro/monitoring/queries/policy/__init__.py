"""Reads of the policy pages."""
