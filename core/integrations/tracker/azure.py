"""MLflow of an Azure Machine Learning workspace, or of any server that speaks its protocol."""

from urllib.parse import urlsplit

from azure.core.exceptions import AzureError

from core.errors import ConfigInvalid
from core.integrations.tracker.entries import MlflowTracker, Place
from core.protocols.provider import ProviderContext

_SCHEMES = frozenset({"azureml", "https", "http"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def build(context: ProviderContext) -> MlflowTracker:
    """Entries at MLFLOW_TRACKING_URI; asks nobody yet.

    Raises:
        ConfigInvalid: the address is missing, or is none.
    """
    uri = context.azure.tracker.uri.strip()
    parts = urlsplit(uri)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ConfigInvalid(
            "CPO_TRACKER is azure and MLFLOW_TRACKING_URI is no address; set it to the one that "
            "`az ml workspace show --query mlflow_tracking_uri` prints, which begins with azureml."
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigInvalid("MLFLOW_TRACKING_URI is not encrypted; begin it with https.")
    if "@" in parts.netloc:
        raise ConfigInvalid(
            "MLFLOW_TRACKING_URI holds a password; set MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD instead."
        )
    advice = "check MLFLOW_TRACKING_URI and whether you are signed in (`az login`)"
    return MlflowTracker(
        Place(uri, parts.hostname, advice), context.azure.tracker.experiment, (AzureError,)
    )
