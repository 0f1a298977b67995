"""The stations of the journey, one module each; the only readers and writers of storage."""
