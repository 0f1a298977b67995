"""What the person in this session may do; only to explain, the services decide."""

from core.errors import NotAllowed
from core.workflow import Permission, require
from ui import state

__all__ = ["Permission", "refusal"]


def refusal(permission: Permission) -> str | None:
    """Why the person may not, or None when they may."""
    try:
        require(state.acting(), permission)
    except NotAllowed as reason:
        return str(reason)
    return None
