"""Template filters of the report files."""
