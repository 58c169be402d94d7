"""What a run has to do: what of the archive stands, what is taken out of it, what is tagged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .metadata import Given
from .shards import Shard
from .work import File, Item

# Reports of a part. A part is what a broken run loses: at forty milliseconds a report about ten seconds of
# a worker. More to a part make fewer files and row groups, which are read faster.
_MOST = 256
_LEAST = 16  # a run a day would else leave thousands of tiny files in a year
_ROUNDS = 8  # parts for each worker, where they are many, so that none waits long for the last
_MAX_BYTES = 64 << 20  # of the files of a part, unless it is one file


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a run is asked to do besides: with what reports must be made, under which limits failures count."""

    made_with: str
    limits: str
    retry: bool = False
    prune: bool = False


@dataclass(slots=True)
class Plan:
    """What is to be done.

    ``kept`` are ids that stand as they are, ``failed`` those of them that are failures; ``keep`` has for each part that changes the ids that stay
    in it. ``redone``, ``removed`` and ``gone`` are ids too: made anew, taken out, and kept without a
    file.
    """

    kept: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    keep: dict[str, set[str]] = field(default_factory=dict)
    redone: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)


def plan(
    shards: Sequence[Shard],
    present: Mapping[str, str],
    before: Mapping[str, str],
    wishes: Wishes,
) -> Plan:
    """Return what is to be done.

    Parameters
    ----------
    shards : sequence of Shard
        The parts of the archive.
    present, before : mapping of path to id
        What the source holds now, and what it held at the run before.
    wishes : Wishes
    """
    found = Plan()
    ids = set(present.values())
    replaced = _replaced(present, before)
    for shard in shards:
        stale = shard.made_with != wishes.made_with
        every = (*shard.reports, *shard.failures)
        stay = set()
        for one in every:
            limits = shard.failures.get(one)
            if one in found.kept:  # stands in an earlier part too, which cannot be, and goes
                continue
            if one in ids:
                if stale:
                    found.redone.add(one)
                elif limits is None:
                    stay.add(one)
                elif not wishes.retry and limits in ("", wishes.limits):  # AGAIN is neither
                    stay.add(one)
                    found.failed.add(one)
            elif limits is not None or wishes.prune or one in replaced:
                found.removed.add(one)
            else:
                stay.add(one)
                found.gone.add(one)
        found.kept |= stay
        if len(stay) < len(every):
            found.keep[shard.name] = stay
    return found


def parts(
    files: Mapping[str, Sequence[File]], given: Mapping[str, Given], jobs: int
) -> Iterator[list[Item]]:
    """Yield what is to be tagged a part at a time, in the order in which the files lie.

    Parameters
    ----------
    files : mapping of id to files
        The files that hold these bytes, the first by path first.
    given : mapping of id to Given
        What is said of those that are to be tagged.
    jobs : int
        Workers.
    """
    todo = [Item(files[one][0], said, len(files[one])) for one, said in given.items()]
    # In the order in which they lie: a packed tar is gone through once, and not anew for each member.
    todo.sort(key=lambda item: (item.file.place, item.file.address))
    most = min(_MOST, max(_LEAST, -(-len(todo) // (jobs * _ROUNDS))))
    part: list[Item] = []
    size = 0
    for item in todo:
        if part and (len(part) == most or size + (item.file.bytes or 0) > _MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(item)
        size += item.file.bytes or 0
    if part:
        yield part


def _replaced(present: Mapping[str, str], before: Mapping[str, str]) -> set[str]:
    """Return the ids of which every file of the run before holds other bytes now."""
    files = Counter(before.values())
    others: Counter[str] = Counter()
    for path, one in before.items():
        others[one] += present.get(path, one) != one
    return {one for one, count in files.items() if others[one] == count}
