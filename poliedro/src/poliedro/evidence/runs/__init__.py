"""The door to computation: rows -> frames -> functions -> tables. `catalogue` lists the analyses by name."""
