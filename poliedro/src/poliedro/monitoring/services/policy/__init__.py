"""Writes about the region's policy, a module a theme."""
