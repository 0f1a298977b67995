"""What files and tables have in common: the customers' id column, and the columns of rejects."""

CUSTOMER_ID = "customer_id"

REJECTS = ("line", "reason", "row")
