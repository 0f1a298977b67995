"""The type of an open transaction, for those who pass one on without using SQL themselves."""

from sqlalchemy import Connection

__all__ = ["Connection"]
