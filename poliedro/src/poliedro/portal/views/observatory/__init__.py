"""The observatory: what the region's economy does, where it could go, with whom, and how sure we are."""
