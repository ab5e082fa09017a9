"""Pages of the region's policy."""
