"""Notebooks: each tells one story, and is carried out anew on the workspace when it is exported."""

import asyncio
import importlib.util
import json
import logging
import os
import re
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from core.errors import BadInput, ConfigInvalid, NotFound, Refused
from core.models.campaign import Campaign
from core.orchestrator.config import ROOT, environment_for
from core.orchestrator.service.context import Context
from core.orchestrator.service.results import Results
from core.reports.notebook_page import notebook_page
from core.storage import campaigns, variants

logger = logging.getLogger(__name__)

FOLDER = ROOT / "notebooks"
PACKAGES = ("nbclient", "nbconvert", "ipykernel")
EXTRA = "requirements-notebooks.lock"

_PARAMETERS = "parameters"
_CAMPAIGN = re.compile(r'^CAMPAIGN = ".*"$', re.MULTILINE)
_CELL_S = 300
# The path of a socket has at most 107 characters on Linux, 103 on macOS: unix(7).
_LONGEST_SOCKET = 80
# A kernel is a whole process; those who ask meanwhile wait.
_ONE_AT_A_TIME = threading.Lock()


class Need(Enum):
    """What a campaign must have for a notebook to tell of it; the sentence says where to get it."""

    NOTHING = "Bring in customers and make a campaign first."
    MESSAGES = "No campaign has messages yet; generate them on the page Messages."
    OUTCOMES = "No campaign has outcomes to read yet; import them on the page Results."


@dataclass(frozen=True, slots=True)
class Notebook:
    """One notebook: the name of its file, what it is about, and what its campaign must have.

    `need` is None where it tells of the workspace and of no campaign.
    """

    name: str
    title: str
    need: Need | None


NOTEBOOKS = (
    Notebook("01_exploration", "Who our customers are", Need.NOTHING),
    Notebook("02_segmentation", "How customers are divided", Need.NOTHING),
    Notebook("03_retrieval", "What may be said to whom", None),
    Notebook("04_generation", "How a message comes to be", Need.MESSAGES),
    Notebook("05_experiment_report", "Whether it worked", Need.OUTCOMES),
    Notebook("06_explainability", "Why it says so", Need.OUTCOMES),
)


@dataclass(frozen=True, slots=True)
class Notebooks:
    """The notebooks of the product over a workspace; carrying one out decides nothing."""

    context: Context
    results: Results

    def everything(self) -> tuple[Notebook, ...]:
        """All notebooks, in the order of the journey."""
        return NOTEBOOKS

    def names(self) -> tuple[str, ...]:
        """The names of all notebooks."""
        return tuple(notebook.name for notebook in NOTEBOOKS)

    def missing(self) -> str | None:
        """Why none can be exported here, in a sentence; None where they can."""
        absent = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
        if absent:
            return f"Exporting notebooks needs {', '.join(absent)}; install {EXTRA}."
        return None if FOLDER.is_dir() else f"The folder {FOLDER} with the notebooks is missing."

    def exported(self, name: str, *, campaign_id: str | None = None) -> bytes:
        """The notebook carried out now, as an HTML page that needs nothing else.

        It tells of the campaign, or of the newest one that has what it needs. It runs in a process
        of its own that opens this workspace, and takes some seconds.

        Raises:
            NotFound: there is no such notebook, or no such campaign.
            BadInput: no campaign was needed and one was named.
            ConfigInvalid: packages are missing; says which.
            Refused: no campaign has what it needs, or a cell could not be carried out.
        """
        asked = self._named(name)
        if missing := self.missing():
            raise ConfigInvalid(missing)
        campaign = self._campaign(asked, campaign_id)
        import nbformat  # noqa: PLC0415 - an extra

        # Kept as text by nbformat, which ships no types.
        notebook: Any = nbformat.read(FOLDER / f"{asked.name}.ipynb", as_version=4)
        if campaign is not None:
            _tell_of(notebook, campaign.campaign_id)
        with _ONE_AT_A_TIME:
            self._carry_out(notebook, asked)
        logger.info("exported a notebook: %s", asked.name)
        invented = campaign is not None and campaign.simulated and asked.need is Need.OUTCOMES
        return notebook_page(notebook, asked.title, self.context.now(), simulated=invented)

    def _named(self, name: str) -> Notebook:
        for notebook in NOTEBOOKS:
            if notebook.name == name:
                return notebook
        raise NotFound("notebook", name, f"Known are: {', '.join(self.names())}.")

    def _campaign(self, asked: Notebook, campaign_id: str | None) -> Campaign | None:
        if asked.need is None:
            if campaign_id is not None:
                raise BadInput(f"Notebook {asked.name} tells of no campaign; leave it out.")
            return None
        with self.context.read() as connection:
            if campaign_id is not None:
                known: tuple[Campaign, ...] = (campaigns.get(connection, campaign_id),)
            else:
                known = campaigns.everything(connection)
        for campaign in known:
            if self._has(campaign, asked.need):
                return campaign
        if campaign_id is None:
            raise Refused(asked.need.value)
        what = "messages" if asked.need is Need.MESSAGES else "outcomes to read"
        raise Refused(f"Campaign {campaign_id} has no {what} yet, so {asked.name} has no story.")

    def _has(self, campaign: Campaign, need: Need) -> bool:
        if need is Need.OUTCOMES:
            return self.results.measured(campaign.campaign_id)
        if need is Need.NOTHING:
            return True
        with self.context.read() as connection:
            written = variants.of_campaign(connection, campaign.campaign_id)
        return any(v.message.body for v in written)

    def _carry_out(self, notebook: Any, asked: Notebook) -> None:  # noqa: ANN401 - as above
        """Run every cell in a kernel that this machine alone can reach; it ends with the call."""
        from nbclient import NotebookClient  # noqa: PLC0415 - an extra
        from nbclient.exceptions import CellExecutionError, CellTimeoutError  # noqa: PLC0415
        from traitlets.config import Config  # noqa: PLC0415

        with tempfile.TemporaryDirectory() as folder:
            place = {"connection_file": str(Path(folder) / "kernel.json"), **_way(folder)}
            client = NotebookClient(
                notebook,
                timeout=_CELL_S,
                kernel_name="python3",
                config=Config({"KernelManager": place}),
                resources={"metadata": {"path": str(FOLDER)}},
            )
            try:
                # In a thread of its own, as whoever asks may be in a loop already.
                with ThreadPoolExecutor(1) as alone:
                    alone.submit(_run, client, self._environment(folder)).result()
            except CellExecutionError as error:
                raise Refused(
                    f"Notebook {asked.name} stopped: {_last_words(error.ename, error.evalue)}"
                ) from error
            # A process that does not start is a RuntimeError, and so is one that died.
            except (CellTimeoutError, RuntimeError) as error:
                raise Refused(
                    f"Notebook {asked.name} came to no end: its process died or a cell took more "
                    f"than {_CELL_S} s. Try again when the machine has less to do."
                ) from error

    def _environment(self, folder: str) -> dict[str, str]:
        """This workspace with these settings, whatever file of variables lies in the project.

        Nothing is tracked: reading a result once more is no news.
        """
        own = {"CPO_ENV_FILE": os.devnull, "CPO_TRACKER": "none"}
        its = {"IPYTHONDIR": folder, "JUPYTER_PLATFORM_DIRS": "1"}
        return environment_for(self.context.settings) | own | its


def _run(client: Any, environment: dict[str, str]) -> None:  # noqa: ANN401 - as above
    asyncio.run(client.async_execute(env=environment))


def _way(folder: str) -> dict[str, str]:
    """How we speak to the kernel: by files that nobody else can open, else by loopback."""
    if os.name == "posix" and len(folder) <= _LONGEST_SOCKET:
        return {"transport": "ipc", "ip": str(Path(folder) / "kernel")}
    return {"transport": "tcp", "ip": "127.0.0.1"}


def _tell_of(notebook: Any, campaign_id: str) -> None:  # noqa: ANN401 - as above
    """Put the campaign into the cell of parameters; a notebook without one is a mistake of ours."""
    said = f"CAMPAIGN = {json.dumps(campaign_id)}"
    put: Callable[[re.Match[str]], str] = lambda _: said  # noqa: E731 - an id is no pattern
    for cell in notebook.cells:
        if _PARAMETERS in cell.metadata.get("tags", []):
            cell.source = _CAMPAIGN.sub(put, cell.source)


def _last_words(kind: str, words: str) -> str:
    """An error of ours is a sentence already; any other is named."""
    return words if words.endswith(".") else f"{kind}: {words}."
