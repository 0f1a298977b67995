"""The engines behind each protocol, one package per job, chosen in the wiring only."""
