"""What a version of segments offers to take away.

Keys: `segments.csv`, `segments.excel`, `segments.json`, `segments.definition`,
`segments.profile_png`, `segments.importance_png`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass

import streamlit as st

from core.models.customers import Segmentation
from core.models.segment_quality import Approximation
from ui import files, state
from ui.segment_comparison import profile_chart

_MIMES = {"csv": "text/csv", "json": "application/json", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class _Offer:
    label: str
    key: str
    file: str
    make: Callable[[], bytes | str]


def downloads(version: Segmentation) -> None:
    """Members exact and for Excel, the documents, and the pictures."""
    for offer in (*_documents(version), *_pictures(version)):
        what, _, ending = offer.file.partition(".")
        st.download_button(
            offer.label,
            offer.make,
            file_name=files.named(version.segmentation_id, what, ending),
            mime=_MIMES[ending],
            key=f"segments.{offer.key}",
            on_click="ignore",
            icon=":material/download:",
        )


def _documents(version: Segmentation) -> tuple[_Offer, ...]:
    views = state.application().segment_views
    return (
        _Offer("Customers (CSV)", "csv", "segments.csv", lambda: views.members_csv(version)),
        _Offer(
            "Customers (CSV for Excel)",
            "excel",
            "segments_excel.csv",
            lambda: views.members_csv(version, for_excel=True),
        ),
        _Offer("Customers (JSON)", "json", "segments.json", lambda: views.members_json(version)),
        _Offer("Definition (JSON)", "definition", "definition.json", lambda: _definition(version)),
    )


def _pictures(version: Segmentation) -> tuple[_Offer, ...]:
    views = state.application().segment_views

    def profile() -> bytes:
        return views.png(profile_chart(version, _shown(version)))

    offers = (_Offer("Profile (PNG)", "profile_png", "profile.png", profile),)
    chart = views.importance(version)
    if chart is None:
        return offers
    picture = _Offer(
        "What decides (PNG)",
        "importance_png",
        "feature_importance.png",
        lambda: views.png(chart),
    )
    return (*offers, picture)


def _shown(version: Segmentation) -> str:
    """The segment whose profile the page shows."""
    chosen = st.session_state.get("segments.profile_of")
    named = {s.name: s.segment_id for s in version.segments}
    return named.get(str(chosen), version.segments[0].segment_id)


def _definition(version: Segmentation) -> str:
    quality = version.quality
    segments = [
        {
            "segment_id": s.segment_id,
            "name": s.name,
            "rule": s.rule,
            "about": s.about,
            "approximate_rule": short.rule if (short := _short(version, s.segment_id)) else None,
            "customers": s.size,
            "share": s.share,
            "reachable": s.reachable,
            "confidence": s.confidence,
        }
        for s in version.segments
    ]
    document = {
        "segmentation_id": version.segmentation_id,
        "dataset_id": version.dataset_id,
        "method": version.method,
        "segments": segments,
        "clusters": asdict(version.clusters) if version.clusters else None,
        "rfm": asdict(version.rfm) if version.rfm else None,
        "quality": asdict(quality) if quality else None,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _short(version: Segmentation, segment_id: str) -> Approximation | None:
    return version.quality.approximation(segment_id) if version.quality else None
