"""The five agents: each takes values and returns values, and knows no other agent."""
