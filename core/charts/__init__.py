"""Charts as values: described once, drawn by the page, on paper and as a table."""
