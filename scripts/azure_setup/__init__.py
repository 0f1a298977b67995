"""What `scripts/setup_azure_resources.py` stands on: the plan, the management API, the `.env`."""
