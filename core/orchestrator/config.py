"""Every setting, read once at start: `config/*.yaml` and the environment become `Settings`."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import Field

from core.agents.generation import GenerationConfig, Prompts
from core.agents.retrieval import RetrievalConfig
from core.agents.segmentation import SegmentationConfig
from core.content.email_shell import EmailShell
from core.errors import ConfigInvalid
from core.models.audience import KnownColumn
from core.models.customers import SegmentRule
from core.orchestrator.env_file import variables
from core.orchestrator.letterhead import read_shell, shell_files
from core.orchestrator.outcome_mapping import read_presets
from core.orchestrator.policy import Beside, Policy, policy_of, read_texts
from core.orchestrator.prompts import read_prompts, read_segmentation_prompt
from core.orchestrator.reader_columns_file import read_reader_columns
from core.orchestrator.sign_in import ProxySignIn, SignInConfig, proxy_from
from core.orchestrator.yaml_file import read_yaml
from core.protocols.azure import VARIABLES, AzureConfig
from core.protocols.model_calls import ModelCalls, Prices
from core.protocols.patience import RateLimit

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"

ChatEngine = Literal["local", "azure", "openai_compatible"]
IndexEngine = Literal["local", "azure"]
EmbedderEngine = Literal["none", "onnx", "openai_compatible", "azure"]
ScreenEngine = Literal["local", "azure"]
TrackerEngine = Literal["none", "local", "azure"]
Auth = Literal["local", "oidc", "header"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Engines:
    """Which engine serves each job."""

    chat_model: ChatEngine = "local"
    content_index: IndexEngine = "local"
    embedder: EmbedderEngine = "none"
    safety_screen: ScreenEngine = "local"
    tracker: TrackerEngine = "none"


@dataclass(frozen=True, slots=True)
class RunsConfig:
    """How durable runs work.

    `concurrency` is how many calls of the writing engine are made at once; `attempts` how often
    a search or a screening that does not answer is tried (a writing engine over the network has
    its own, `chat_model.attempts`). The queue is looked at every `polling_s` seconds while a run
    is under way, every `idle_polling_s` else. `cost_cap_usd` is the budget of a run that names
    none of its own. On PostgreSQL a worker that is not heard of for `takeover_s` seconds counts as
    dead, and the others take over its work; `in_web` says whether the app carries out runs, too.
    """

    concurrency: Annotated[int, Field(ge=1, le=200)] = 4
    attempts: Annotated[int, Field(ge=1)] = 3
    polling_s: Annotated[float, Field(gt=0)] = 0.05
    idle_polling_s: Annotated[float, Field(gt=0)] = 0.25
    rate_limit: RateLimit | None = None
    cost_cap_usd: Annotated[float, Field(ge=0)] | None = 20.0
    takeover_s: Annotated[float, Field(ge=1)] = 15.0
    in_web: bool = True


@dataclass(frozen=True, slots=True)
class FrequencyCap:
    """At most so many messages to one customer in so many days, of all campaigns together."""

    messages: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class ExperimentConfig:
    """How a result is judged: two-sided error rate, and the power a plan must have.

    `global_holdout` is the share of all customers whom no campaign ever contacts; with a
    `frequency_cap` nobody is assigned who got as many messages of other campaigns already.
    """

    alpha: float = 0.05
    power: float = 0.8
    global_holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    frequency_cap: FrequencyCap | None = None


@dataclass(frozen=True, slots=True)
class OutcomesConfig:
    """How outcomes come home.

    `watched` is the folder `watch-outcomes` looks into where it is told none; a file is taken once
    it has not changed for `settle_s` seconds. A refund lowers what its order brought when it comes
    within `refund_days` of it.
    """

    watched: str | None = None
    settle_s: Annotated[float, Field(gt=0)] = 5.0
    refund_days: Annotated[int, Field(ge=0, le=3650)] = 30


@dataclass(frozen=True, slots=True)
class AppConfig:
    """`config/settings.yaml`."""

    auth: Auth = "local"
    sign_in: SignInConfig = SignInConfig()
    engines: Engines = Engines()
    runs: RunsConfig = RunsConfig()
    chat_model: ModelCalls = ModelCalls()
    retrieval: RetrievalConfig = RetrievalConfig()
    generation: GenerationConfig = GenerationConfig()
    segmentation: SegmentationConfig = SegmentationConfig()
    experiment: ExperimentConfig = ExperimentConfig()
    outcomes: OutcomesConfig = OutcomesConfig()


@dataclass(frozen=True, slots=True)
class SegmentsConfig:
    """`config/segments.yaml`: the rules a new segmentation starts from."""

    segments: tuple[SegmentRule, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything configured, as values. `environment` may hold secrets: it is never printed.

    `file_policy` is what a new workspace starts from; the policy in force is in its database
    (`Context.policy`). `beside_policy` are the files that are sealed together with it.
    """

    workspace: Path
    database_url: str
    auth: Auth
    app: AppConfig
    file_policy: Policy
    proxy: ProxySignIn
    segments: tuple[SegmentRule, ...]
    reader_columns: tuple[KnownColumn, ...]
    prompts: Prompts
    segmentation_prompt: str
    shell: EmailShell
    prices: Prices
    azure: AzureConfig
    beside_policy: Beside
    config_sha256: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    outcome_presets: Mapping[str, str] = field(default_factory=dict)

    @property
    def engines(self) -> Engines:
        """Which engine serves each job, the environment's word before the file's."""
        return self.app.engines

    @property
    def processed(self) -> Path:
        """Where everything made from inputs lives."""
        return self.workspace / "data" / "processed"

    @property
    def tables(self) -> Path:
        """The Parquet tables."""
        return self.processed / "tables"

    @property
    def logs(self) -> Path:
        """The three log files."""
        return self.workspace / "logs"

    @property
    def reports(self) -> Path:
        """Reports and figures."""
        return self.workspace / "reports"


def load(
    workspace: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    config: Path = CONFIG,
) -> Settings:
    """Settings for a workspace; without one, `CPO_WORKSPACE`, else the project folder.

    Raises:
        ConfigInvalid: a file or variable is missing, unknown or out of range; names it.
    """
    env = dict(_environment() if environment is None else environment)
    folder = (workspace or Path(env.get("CPO_WORKSPACE") or ROOT)).expanduser().resolve()
    app = _with_environment(read_yaml(config / "settings.yaml", AppConfig), env)
    columns = config / "reader_columns.yaml"
    reader_columns, shell = read_reader_columns(columns), read_shell(config)
    beside = tuple((path.name, path.read_bytes()) for path in (columns, *shell_files(config)))
    return Settings(
        workspace=folder,
        database_url=env.get("CPO_DATABASE_URL") or _sqlite(folder),
        auth=app.auth,
        app=app,
        file_policy=policy_of(read_texts(config), beside),
        proxy=proxy_from(env),
        segments=read_yaml(config / "segments.yaml", SegmentsConfig).segments,
        reader_columns=reader_columns,
        prompts=read_prompts(config / "prompts"),
        segmentation_prompt=read_segmentation_prompt(config / "prompts"),
        shell=shell,
        prices=read_yaml(config / "prices.yaml", Prices),
        azure=_azure(read_yaml(config / "azure_config.yaml", AzureConfig), env),
        beside_policy=beside,
        config_sha256=_sha256(sorted(config.rglob("*.yaml"))),
        environment=env,
        outcome_presets=read_presets(config / "outcomes"),
    )


def environment_for(settings: Settings) -> dict[str, str]:
    """The environment of a process of ours that has to open the same workspace."""
    return dict(settings.environment) | {"CPO_WORKSPACE": str(settings.workspace)}


def _environment() -> dict[str, str]:
    """The environment, before it the file `.env` of the project, or the one CPO_ENV_FILE names."""
    file = Path(os.environ.get("CPO_ENV_FILE") or ROOT / ".env")
    # An empty value in the environment sets a line of the file aside.
    return variables(file) | dict(os.environ)


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{(folder / 'data' / 'processed' / 'state.db').as_posix()}"


def _with_environment(app: AppConfig, env: Mapping[str, str]) -> AppConfig:
    engines = Engines(
        chat_model=_choice(env, "CPO_CHAT_MODEL", get_args(ChatEngine), app.engines.chat_model),
        content_index=_choice(
            env, "CPO_CONTENT_INDEX", get_args(IndexEngine), app.engines.content_index
        ),
        embedder=_choice(env, "CPO_EMBEDDER", get_args(EmbedderEngine), app.engines.embedder),
        safety_screen=_choice(
            env, "CPO_SAFETY_SCREEN", get_args(ScreenEngine), app.engines.safety_screen
        ),
        tracker=_choice(env, "CPO_TRACKER", get_args(TrackerEngine), app.engines.tracker),
    )
    return replace(app, engines=engines, auth=_choice(env, "CPO_AUTH", get_args(Auth), app.auth))


def _azure(config: AzureConfig, env: Mapping[str, str]) -> AzureConfig:
    for (section, key), variable in VARIABLES.items():
        if said := env.get(variable, "").strip():
            config = replace(config, **{section: replace(getattr(config, section), **{key: said})})
    return config


def _choice(env: Mapping[str, str], name: str, allowed: tuple[T, ...], default: T) -> T:
    value = env.get(name)
    if not value:
        return default
    for choice in allowed:
        if value == choice:
            return choice
    names = ", ".join(str(c) for c in allowed)
    raise ConfigInvalid(f"The environment variable {name} is '{value}'; allowed are {names}.")


def _sha256(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
