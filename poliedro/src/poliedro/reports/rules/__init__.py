"""What the report says and how it counts. Plain Python."""
