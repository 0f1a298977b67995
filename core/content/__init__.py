"""What may be said, decided by code: pure functions of text."""
