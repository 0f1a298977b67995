"""The Customer Personalization Orchestrator: everything but the screens."""
