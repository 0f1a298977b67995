"""The only SQL of the product: state, tables and the audit trail."""
