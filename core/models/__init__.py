"""The nouns of the product, one module per station of the journey."""
