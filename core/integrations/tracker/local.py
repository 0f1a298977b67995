"""MLflow in a folder of the workspace; no server, and nothing leaves this machine."""

from core.integrations.tracker.entries import MlflowTracker, Place
from core.protocols.provider import ProviderContext


def build(context: ProviderContext) -> MlflowTracker:
    """Entries in `mlruns` of the workspace's data."""
    folder = context.folder / "mlruns"
    return MlflowTracker(Place(folder.as_uri(), f"the folder {folder}", "check that it is ours"))
