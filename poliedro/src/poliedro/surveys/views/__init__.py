"""Pages of questionnaires: filling in, results, campaigns."""
