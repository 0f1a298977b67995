"""What the outside does for us, one module per job."""
