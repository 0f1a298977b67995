"""Two log files of JSON lines: the system and the experiments; the audit keeps its own."""

import json
import logging
import re
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path

from core.errors import StorageUnavailable
from core.protocols.telemetry import trace_ids

EXPERIMENT_LOGGERS = (
    "core.agents.experimentation",
    "core.orchestrator.service.send",
    "core.orchestrator.service.results",
)

_E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
# With a country code, or grouped 3-3-4; bare runs of digits are ids, counts and dates.
_PHONE = re.compile(r"(?<![\w-])(?:\+\d[\d ()-]{7,}\d|\(?\d{3}\)?[ -]\d{3}[ -]\d{4})(?![\w-])")
_FIELDS = (
    *("run_id", "campaign_id", "variant_id", "station", "seconds", "worker"),
    *("status", "request_id", "milliseconds"),
)


class JsonLines(logging.Formatter):
    """One JSON object a line; e-mail addresses and phone numbers never reach the file."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_personal_data(record.getMessage()),
        }
        line |= {f: getattr(record, f) for f in _FIELDS if hasattr(record, f)}
        line |= trace_ids()
        if record.exc_info:
            line["exception"] = without_personal_data(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class LogFile(WatchedFileHandler):
    """A log file that a cleaner may move or delete; what was logged goes on when it cannot be kept.

    `WatchedFileHandler` opens a file anew outside what `logging` guards, so that a folder deleted
    under a running server would end whatever was about to be logged.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, in a new folder if need be; else the console says that it is lost."""
        try:
            # Without parents: a workspace that is gone does not come back as a folder of logs.
            Path(self.baseFilename).parent.mkdir(exist_ok=True)
            super().emit(record)
        except OSError:
            self.handleError(record)


def without_personal_data(text: str) -> str:
    """The text with everything that looks like an e-mail address or a phone number masked."""
    return _PHONE.sub("<phone>", _E_MAIL.sub("<e-mail>", text))


def configure(folder: Path, *, level: int = logging.INFO) -> None:
    """Send every log of the product to the two files in `folder`; safe to call again.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    core = logging.getLogger("core")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        system = _file(folder / "system.log", JsonLines())
        experiment = _file(folder / "experiment.log", JsonLines())
    except OSError as error:
        raise StorageUnavailable(
            f"The log folder {folder} cannot be written ({error.strerror}); "
            "choose another workspace with --workspace or CPO_WORKSPACE."
        ) from error
    core.setLevel(level)
    _replace(core, system)
    _replace(logging.getLogger("dbos"), system)
    # Else a missing identity is told on the console at length, beside our one sentence.
    _replace(logging.getLogger("azure"), system)
    # A collector or a tracker that is away.
    for name in ("opentelemetry", "mlflow", "azureml"):
        _replace(logging.getLogger(name), system)
    for name in EXPERIMENT_LOGGERS:
        _replace(logging.getLogger(name), experiment)


def _file(path: Path, formatter: logging.Formatter) -> logging.Handler:
    # Opened at once, so that an unwritable folder is an error now and not at the first line.
    handler = LogFile(path, encoding="utf-8")
    handler.setFormatter(formatter)
    return handler


def _replace(logger: logging.Logger, handler: logging.Handler) -> None:
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    logger.addHandler(handler)
