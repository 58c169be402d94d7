"""What `nlp-reports archive` takes on thousands of reports that `scripts/generate.py` writes.

Run by ``scripts/archive``; the figures are kept in ``docs/benchmarks.md``. CPU and memory are those of the
command with all its workers, their children included: a thread looks through /proc, so this needs Linux.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

import generate

COUNT = 10_000
JOBS = 2
ROUNDS = 3
PAUSE = 1.0  # seconds between two looks at /proc: a look takes a fiftieth of one
TICKS = os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------------------------------------
# A command and all processes it starts


@dataclass
class Tree:
    """A process and its descendants, told by their parents: a worker may lead a session of its own.

    CPU is what each process had used when it was last seen. Memory is the sum of proportional shares
    (PSS), so that pages in common count once, and the largest that a single process ever had (RSS).
    """

    root: int
    with_memory: bool
    ticks: dict[tuple[int, int], int] = field(default_factory=dict)  # by pid and time of its start
    pss: int = 0
    rss: int = 0

    @property
    def cpu(self) -> float:
        return sum(self.ticks.values()) / TICKS

    def look(self) -> None:
        """Note what the processes have used by now."""
        seen = {pid: stat for pid in _pids() if (stat := _stat(pid))}
        members = {pid for pid, (_, start, _) in seen.items() if (pid, start) in self.ticks}
        members |= {self.root} & seen.keys()
        fresh = members
        while fresh:
            fresh = {pid for pid, (parent, _, _) in seen.items() if parent in fresh} - members
            members = members | fresh
        for pid in members:
            _, start, used = seen[pid]
            self.ticks[pid, start] = used
        if self.with_memory:
            self.pss = max(self.pss, sum(map(_pss, members)))
            self.rss = max(self.rss, *map(_peak, members), 0)

    def watch(self, ended: threading.Event) -> None:
        while not ended.wait(PAUSE):
            self.look()


def _pids():
    return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]


def _stat(pid):
    """Return parent, time of start and CPU ticks of a process, or None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), int(fields[19]), int(fields[11]) + int(fields[12])


def _kilobytes(pid, file, name):
    try:
        text = Path(f"/proc/{pid}/{file}").read_text("utf-8", "replace")
    except OSError:  # it is gone
        return 0
    return int((text.partition(f"\n{name}:")[2].split() or ["0"])[0])


def _pss(pid):
    return _kilobytes(pid, "smaps_rollup", "Pss")


def _peak(pid):
    return _kilobytes(pid, "status", "VmHWM")


@dataclass(frozen=True)
class Run:
    """What a command took: seconds, CPU seconds, and megabytes where they were asked for."""

    seconds: float
    cpu: float
    pss: float
    rss: float


def run(command, *, log, with_memory=False) -> Run:
    """Run a command to its end; leave with its last words if it fails."""
    ended = threading.Event()
    with log.open("wb") as file:
        start = time.perf_counter()
        # Not here: python -m would take the package from the checkout and not the one installed.
        process = subprocess.Popen(command, stdout=file, stderr=file, cwd=log.parent)
        tree = Tree(process.pid, with_memory)
        watcher = threading.Thread(target=tree.watch, args=(ended,))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    ended.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        last = log.read_text("utf-8", "replace")[-2000:]
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}:\n{last}")
    # Each misses something: a look what came after it, the rusage what no parent has waited for.
    cpu = max(tree.cpu, usage.ru_utime + usage.ru_stime)
    return Run(seconds, cpu, tree.pss / 1024, tree.rss / 1024)


def archive(source, out, jobs=JOBS, *, keep=False, with_memory=False) -> Run:
    """Make an archive of a folder, anew unless ``keep``."""
    if not keep:
        shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "nlp_reports", "archive", str(source), "--out", str(out)]
    log = out.with_suffix(".log")
    return run([*command, "--jobs", str(jobs)], log=log, with_memory=with_memory)


# ---------------------------------------------------------------------------------------------
# Folders


def linked(files, root, folder):
    """Return a folder with these files under their old paths, as hard links."""
    for file in files:
        place = folder / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, place)
    return folder


def size(folder):
    """Return the megabytes of the files of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def rows(out, table):
    """Return how many rows a table of an archive has."""
    from pyarrow import parquet

    return sum(parquet.read_metadata(file).num_rows for file in (out / table).glob("*.parquet"))


def check(out, count):
    """Leave if an archive lacks reports or has failures: its times would flatter."""
    done, failed = rows(out, "reports"), rows(out, "failures")
    if (done, failed) != (count, 0):
        raise SystemExit(f"{out.name}: {done} of {count} reports, {failed} failures")


# ---------------------------------------------------------------------------------------------
# What is measured


def by_format(files, root, work, count):
    """Print the speed on files of each format alone."""
    print(
        "| format | reports | MB | reports a second | a CPU second | MB a second | a CPU second |"
    )
    print("|---|---|---|---|---|---|---|")
    for suffix in generate.MEDIA:
        chosen = [file for file in files if file.suffix == f".{suffix}"][:count]
        source, out = linked(chosen, root, work / suffix), work / "out"
        took = archive(source, out)
        check(out, len(chosen))
        n, mb = len(chosen), size(source)
        print(
            f"| {suffix} | {n:,} | {mb:.1f} | {n / took.seconds:.1f} | {n / took.cpu:.1f} "
            f"| {mb / took.seconds:.2f} | {mb / took.cpu:.2f} |",
            flush=True,
        )


def one_against_two(source, out, count):
    """Return the runs with one job and those with two, taken in turns."""
    runs = {1: [], JOBS: []}
    for _ in range(ROUNDS):
        for jobs, taken in runs.items():
            taken.append(archive(source, out, jobs))
            check(out, count)
    return runs[1], runs[JOBS]


def seconds(runs):
    return (
        f"{median(r.seconds for r in runs):.1f} s ({', '.join(f'{r.seconds:.1f}' for r in runs)})"
    )


def whole(root, work, count, small):
    """Print what the first thousand and all the reports take, side by side."""
    thousand, out = work / "thousand", work / "out"
    one, two = one_against_two(thousand, out, small)
    little = archive(thousand, out, with_memory=True)
    much = archive(root, out, with_memory=True)
    check(out, count)
    given, written = size(root), size(out)
    again = archive(root, out, keep=True)
    check(out, count)
    ratio = median(r.seconds for r in one) / median(r.seconds for r in two)
    print(f"""
| | here | budget |
|---|---|---|
| {small:,} reports, 1 job | {seconds(one)} | |
| — {JOBS} jobs | {seconds(two)} | |
| — {JOBS} jobs against 1 | {ratio:.2f} × | ≥ 1.7 × |
| {count:,} reports, {JOBS} jobs | {much.seconds:.0f} s, {count / much.seconds:.1f} reports a second | |
| — CPU | {much.cpu:.0f} s, {1000 * much.cpu / count:.0f} ms a report | |
| — peak memory of all processes, {small:,} and {count:,} reports | {little.pss:.0f} and {much.pss:.0f} MB | |
| — {count:,} against {small:,} | {much.pss / little.pss:.2f} × | ≤ 1.3 × |
| — largest process | {little.rss:.0f} and {much.rss:.0f} MB, {much.rss / little.rss:.2f} × | |
| — written for {given:.1f} MB | {written:.1f} MB, {written / given:.2f} × | |
| — a second run, nothing to do | {again.seconds:.1f} s | |
| failures | {rows(out, "failures")} | 0 |""")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, help="reports to write; at least 30")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work, by default in the system's own")
    asked = parser.parse_args()
    small = asked.count // 10
    with tempfile.TemporaryDirectory(prefix="archive-", dir=asked.folder) as name:
        work = Path(name).resolve()
        root = work / "all"
        files = generate.write(asked.count, root, asked.seed)
        linked(files[:small], root, work / "thousand")
        warm = linked(files[:30], root, work / "warm")
        archive(warm, work / "out")  # what is read from disk for the first time is not its doing
        print(
            f"{os.cpu_count()} cores, Python {platform.python_version()}, seed {asked.seed}, "
            f"{JOBS} jobs where nothing else is said\n",
            flush=True,
        )
        by_format(files, root, work, small)
        whole(root, work, asked.count, small)


if __name__ == "__main__":
    main()
