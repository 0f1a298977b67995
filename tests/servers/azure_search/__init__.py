"""A strict server that speaks the protocol of Azure AI Search on loopback, one index in memory."""
