"""One module a data source: reads and checks the official format. Services load what they yield."""
