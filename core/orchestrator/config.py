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
from core.agents.safety import SafetyConfig
from core.agents.segmentation import SegmentationConfig
from core.content.brand import BrandRules
from core.errors import ConfigInvalid
from core.models.approval_rules import ApprovalRules
from core.models.customers import SegmentRule
from core.orchestrator.prompts import read_prompts, read_segmentation_prompt
from core.orchestrator.sign_in import ProxySignIn, SignInConfig, proxy_from
from core.orchestrator.yaml_file import read_yaml
from core.protocols.azure import VARIABLES, AzureConfig

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"

ChatEngine = Literal["local", "azure", "openai_compatible"]
IndexEngine = Literal["local", "azure"]
ScreenEngine = Literal["local", "azure"]
TrackerEngine = Literal["none", "local", "azure"]
Auth = Literal["local", "oidc", "header"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Engines:
    """Which engine serves each job."""

    chat_model: ChatEngine = "local"
    content_index: IndexEngine = "local"
    safety_screen: ScreenEngine = "local"
    tracker: TrackerEngine = "none"


@dataclass(frozen=True, slots=True)
class RunsConfig:
    """How durable runs work: variants at once, attempts at a call, seconds between looks."""

    concurrency: int = 4
    attempts: int = 3
    polling_s: float = 0.05


@dataclass(frozen=True, slots=True)
class ExperimentConfig:
    """How a result is judged: two-sided error rate, and the power a plan must have.

    `global_holdout` is the share of all customers whom no campaign ever contacts.
    """

    alpha: float = 0.05
    power: float = 0.8
    global_holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0


@dataclass(frozen=True, slots=True)
class AppConfig:
    """`config/settings.yaml`."""

    auth: Auth = "local"
    sign_in: SignInConfig = SignInConfig()
    engines: Engines = Engines()
    runs: RunsConfig = RunsConfig()
    retrieval: RetrievalConfig = RetrievalConfig()
    generation: GenerationConfig = GenerationConfig()
    segmentation: SegmentationConfig = SegmentationConfig()
    experiment: ExperimentConfig = ExperimentConfig()


@dataclass(frozen=True, slots=True)
class SegmentsConfig:
    """`config/segments.yaml`: the rules a new segmentation starts from."""

    segments: tuple[SegmentRule, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything configured, as values. `environment` may hold secrets: it is never printed."""

    workspace: Path
    database_url: str
    auth: Auth
    app: AppConfig
    safety: SafetyConfig
    brand: BrandRules
    approval: ApprovalRules
    proxy: ProxySignIn
    segments: tuple[SegmentRule, ...]
    prompts: Prompts
    segmentation_prompt: str
    azure: AzureConfig
    policy_sha256: str
    config_sha256: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

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
    env = dict(os.environ if environment is None else environment)
    folder = (workspace or Path(env.get("CPO_WORKSPACE") or ROOT)).expanduser().resolve()
    app = _with_environment(read_yaml(config / "settings.yaml", AppConfig), env)
    policy = (config / "safety_thresholds.yaml", config / "brand_rules.yaml")
    return Settings(
        workspace=folder,
        database_url=env.get("CPO_DATABASE_URL") or _sqlite(folder),
        auth=app.auth,
        app=app,
        safety=read_yaml(policy[0], SafetyConfig),
        brand=read_yaml(policy[1], BrandRules),
        approval=read_yaml(config / "approval_rules.yaml", ApprovalRules),
        proxy=proxy_from(env),
        segments=read_yaml(config / "segments.yaml", SegmentsConfig).segments,
        prompts=read_prompts(config / "prompts"),
        segmentation_prompt=read_segmentation_prompt(config / "prompts"),
        azure=_azure(read_yaml(config / "azure_config.yaml", AzureConfig), env),
        policy_sha256=_sha256(policy),
        config_sha256=_sha256(sorted(config.rglob("*.yaml"))),
        environment=env,
    )


def environment_for(settings: Settings) -> dict[str, str]:
    """The environment of a process of ours that has to open the same workspace."""
    return dict(settings.environment) | {"CPO_WORKSPACE": str(settings.workspace)}


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{(folder / 'data' / 'processed' / 'state.db').as_posix()}"


def _with_environment(app: AppConfig, env: Mapping[str, str]) -> AppConfig:
    engines = Engines(
        chat_model=_choice(env, "CPO_CHAT_MODEL", get_args(ChatEngine), app.engines.chat_model),
        content_index=_choice(
            env, "CPO_CONTENT_INDEX", get_args(IndexEngine), app.engines.content_index
        ),
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


def _sha256(paths: tuple[Path, ...] | list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
