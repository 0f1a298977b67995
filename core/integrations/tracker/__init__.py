"""Who keeps track of runs: nobody, MLflow in the workspace, or MLflow of Azure Machine Learning."""

from collections.abc import Callable

from core.integrations.tracker import azure, local, nobody
from core.protocols.provider import ProviderContext
from core.protocols.tracker import Tracker

PROVIDERS: dict[str, Callable[[ProviderContext], Tracker]] = {
    "none": nobody.build,
    "local": local.build,
    "azure": azure.build,
}
