"""Settings of a workspace whose writing engine is the test server."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from core.orchestrator import config
from core.orchestrator.config import Settings
from core.protocols.model_calls import ModelCalls, ModelPrice, Prices
from tests.servers.openai_server import KEY, MODEL

PRICES = Prices(models={MODEL: ModelPrice(0.25, 2.0)})


def settings(  # noqa: PLR0913 - one option each
    folder: Path,
    base_url: str,
    *,
    concurrency: int = 4,
    cost_cap_usd: float | None = None,
    calls: Mapping[str, object] | None = None,
    prices: Prices = PRICES,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The product's settings, asking the test server; `calls` changes how it is asked."""
    variables = {
        **(environment or {}),
        "CPO_CHAT_MODEL": "openai_compatible",
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": KEY,
        "OPENAI_MODEL": MODEL,
    }
    plain = config.load(folder, environment=variables)
    runs = replace(plain.app.runs, concurrency=concurrency, cost_cap_usd=cost_cap_usd)
    asked = ModelCalls(**{"timeout_s": 10.0, "backoff_s": 0.05, **(calls or {})})  # type: ignore[arg-type]
    return replace(plain, app=replace(plain.app, runs=runs, chat_model=asked), prices=prices)
