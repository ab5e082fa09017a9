"""Pages of impact studies."""
