"""Runs tasks on joblib's backends: this machine's cores, or a cluster that dask or ray has.

The results come as they are ready, where the backend can give them so; where it cannot, in chunks of
a few tasks a worker. No more tasks are handed out than a few for each worker.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any, TypeVar

from ..errors import SettingsError

_AHEAD = 2  # tasks handed out for each worker
_CHUNK = 4  # tasks for each worker in a chunk, on backends that give results together

_Result = TypeVar("_Result")
Task = tuple[Callable[..., _Result], Sequence[Any]]


class Engine:
    """A backend of joblib, ready to take tasks. Make one with `started`."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._runs: list[Generator[Any, None, None]] = []

    def run(self, tasks: Iterable[Task[_Result]], *, count: int | None = None) -> Iterator[_Result]:
        """Yield the results of tasks, in whatever order they are ready.

        Parameters
        ----------
        tasks : iterable of (function, arguments)
        count : int, optional
            How many there are, if that is known: no more workers are started.
        """
        results = self._run(tasks, count)
        self._runs.append(results)
        return results

    def close(self) -> None:
        """Break off what still runs: workers are killed, and nothing is handed out any more."""
        for results in self._runs:
            results.close()

    def _run(
        self, tasks: Iterable[Task[_Result]], count: int | None
    ) -> Generator[_Result, None, None]:
        from joblib import Parallel, delayed

        jobs = self.jobs if count is None else max(1, min(self.jobs, count))
        calls = (delayed(function)(*arguments) for function, arguments in tasks)
        try:
            pool = Parallel(
                n_jobs=jobs,
                return_as="generator_unordered",
                pre_dispatch=_AHEAD * jobs,
                batch_size=1,
            )
        except ValueError:  # the backend gives all results together
            while chunk := list(islice(calls, _CHUNK * jobs)):
                yield from Parallel(n_jobs=jobs, batch_size=1)(chunk)
        else:
            results = pool(calls)
            try:
                for result in results:  # noqa: UP028 (it would close them, with the warning)
                    yield result
            finally:
                with warnings.catch_warnings():  # joblib regrets what was done in vain
                    warnings.simplefilter("ignore", UserWarning)
                    results.close()


@contextmanager
def started(backend: str, jobs: int, address: str | None = None) -> Iterator[Engine]:
    """Start a backend, or find the cluster at an address.

    Parameters
    ----------
    backend : {"loky", "dask", "ray"}
    jobs : int
        Workers, at least 1. With 1, ``loky`` works in this process.
    address : str, optional
        Of a scheduler of dask, or of a cluster of ray. Without, they start one on this machine.

    Raises
    ------
    SettingsError
        If the backend is not known, not installed, or nobody answers at the address.
    """
    if backend not in _STARTS:
        raise SettingsError(f"backend must be one of {', '.join(_STARTS)}, not {backend!r}")
    if backend == "loky" and address:
        raise SettingsError("loky works on this machine and takes no address")
    with ExitStack() as running:
        try:
            running.enter_context(_STARTS[backend](jobs, address))
        except ImportError as error:
            raise SettingsError(f"{error}; install nlp-reports[{backend}]") from None
        engine = Engine(jobs)
        running.callback(engine.close)
        yield engine


@contextmanager
def _loky(jobs: int, address: str | None) -> Iterator[None]:
    import joblib

    done = False
    try:
        with joblib.parallel_config("loky"):
            yield
        done = True
    finally:
        if jobs > 1:  # its workers, and what they keep in memory, would stay for minutes
            from joblib.externals.loky import get_reusable_executor

            # Without reuse it would end the executor that there is while it holds the lock that
            # a task that ends meanwhile needs to hand out the next: for ever.
            get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=not done)


@contextmanager
def _dask(jobs: int, address: str | None) -> Iterator[None]:
    import joblib
    from dask.distributed import Client

    options = (
        {"address": address, "timeout": 30}
        if address
        else {"n_workers": jobs, "threads_per_worker": 1, "dashboard_address": None}
    )
    try:
        client = Client(**options)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SettingsError(f"no dask scheduler answers at {address}: {error}") from None
    with client, joblib.parallel_config("dask", client=client):
        yield


@contextmanager
def _ray(jobs: int, address: str | None) -> Iterator[None]:
    import joblib
    import ray
    from ray.util.joblib import register_ray

    started = not ray.is_initialized()
    if started:
        options = (
            {"address": address} if address else {"num_cpus": jobs, "include_dashboard": False}
        )
        try:
            ray.init(log_to_driver=False, **options)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise SettingsError(f"no ray cluster answers at {address}: {error}") from None
    register_ray()  # type: ignore[no-untyped-call]
    try:
        with joblib.parallel_config("ray"):
            yield
    finally:
        if started:
            ray.shutdown()


_STARTS = {"loky": _loky, "dask": _dask, "ray": _ray}
