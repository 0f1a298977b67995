"""What is said of data sets and segments, counted anew once somebody was erased from them."""

from collections.abc import Collection

from core.orchestrator.service.context import SYSTEM, Context
from core.orchestrator.service.erased_places import SEGMENTS
from core.storage import datasets, erased_facts, segmentations


def recount(context: Context, names: Collection[str]) -> None:
    """Rows, ranges and sizes of these tables of customers and of members of segments."""
    with context.read() as connection:
        known = {d.dataset_id: d for d in datasets.everything(connection)}
        every = [v for name in known for v in segmentations.of_dataset(connection, name)]
    for name in known.keys() & set(names):
        counted = erased_facts.of_dataset(context.table(name), known[name])
        with context.write(SYSTEM) as write:
            datasets.save(write.connection, counted)
    for version in every:
        table = f"{SEGMENTS}{version.segmentation_id}"
        if table not in names:
            continue
        tables = context.table(table), context.table(version.dataset_id)
        permission = known[version.dataset_id].permission
        sizes = erased_facts.sizes(*tables, permission)
        with context.write(SYSTEM) as write:
            # Read again: its names may have been changed, or its quality measured, meanwhile.
            now = segmentations.get(write.connection, version.segmentation_id)
            segmentations.save(write.connection, sizes.of(now))
