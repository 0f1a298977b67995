"""What pages and the command line may ask for, and the order in which agents work."""
