"""Source: a catalogue file and its data, served; edits and new data show at once, a broken edit doesn't."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from semantic.answer import Answer
from semantic.bind import FEW_ROWS, NUMBERED_FROM, bind_catalogue
from semantic.calendar import refuse_period
from semantic.catalogue import Catalogue
from semantic.emit import Sql, emit_plan
from semantic.engines import Engine
from semantic.engines.duckdb import DuckDB, find_folder, list_files, read_version
from semantic.errors import Failed, Problem, Refused, Stopped
from semantic.line import parse_line
from semantic.load import load_catalogue
from semantic.load_boards import FILE
from semantic.missing import find_missing
from semantic.plan import Plan, plan_question
from semantic.proofs import find_doubles
from semantic.question import Question
from semantic.resolve import resolve_question
from semantic.resolved import Resolved, Scalar
from semantic.run import build_answer
from semantic.shelf import Shelf, Shelved, read_stamp
from semantic.stop import Stop, find_stop

if TYPE_CHECKING:
    import pyarrow as pa

CACHE_BYTES = 256 * 2**20
ANSWER_BYTES = 64 * 2**20  # of whole answers, whose tables are mostly those of the cache above
WORKERS = max(2, os.cpu_count() or 2)
LOOK_UP_SECONDS = 5.0  # for what only helps to explain an answer
LOOK_AGAIN = 1.0  # seconds between two looks at the files


@dataclass(frozen=True, slots=True)
class Compiled:
    """A question on its way through the phases."""

    question: Question
    resolved: Resolved
    plan: Plan
    sql: Sql


@dataclass(frozen=True, slots=True)
class Serving:
    """The last good catalogue with its engine, and what is wrong with a later edit of it."""

    catalogue: Catalogue
    engine: Engine
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True, eq=False)
class _Run:
    """A computation under way, what ends it, and how many wait for it."""

    future: Future[pa.Table]
    stop: Stop
    waiting: int = 0


class Cache:
    """Tables by (SQL, values, data version): one computation a key however many ask, bounded in bytes, in order."""

    def __init__(self, size: int = CACHE_BYTES, workers: int = WORKERS) -> None:
        self._kept: LRUCache[Any, pa.Table] = LRUCache(size, getsizeof=lambda table: table.nbytes + 1024)
        self._running: dict[Any, _Run] = {}
        self._lock = threading.Lock()
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="query")

    def get(self, key: Any, compute: Callable[[Stop], pa.Table]) -> pa.Table:
        """The kept table, or that of the computation under way, or a new one. Raises what the computation raises.

        Where the thread's own stop is asked for, Stopped is raised; the computation ends when the last one who waits
        for it has left.
        """
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                return kept
            run = self._running.get(key)
            first = run is None
            if run is None:
                stop = Stop()
                run = self._running[key] = _Run(self._workers.submit(compute, stop), stop)
            run.waiting += 1
        if first:  # outside the lock: the callback of what is done already runs at once, and takes the lock itself
            run.future.add_done_callback(lambda done: self._keep(key, run))
        awake = threading.Event()
        run.future.add_done_callback(lambda done: awake.set())
        with find_stop().calling(awake.set):
            awake.wait()
        if not run.future.done():
            self._leave(key, run)
            raise Stopped
        return run.future.result()

    def _leave(self, key: Any, run: _Run) -> None:
        with self._lock:
            run.waiting -= 1
            last = not run.waiting
            if last and self._running.get(key) is run:  # who asks from now on begins anew
                del self._running[key]
        if last and not run.future.cancel():
            run.stop.ask()

    def _keep(self, key: Any, run: _Run) -> None:
        with self._lock:
            if self._running.get(key) is run:
                del self._running[key]
            if not run.future.cancelled() and run.future.exception() is None:
                table = run.future.result()
                if table.nbytes + 1024 <= self._kept.maxsize:
                    self._kept[key] = table


class Answers:
    """Whole answers by question, for one catalogue with its data; bounded in bytes."""

    def __init__(self, size: int = ANSWER_BYTES) -> None:
        self._kept: LRUCache[Any, Answer] = LRUCache(size, getsizeof=lambda answer: answer.table.nbytes + 16_384)
        self._lock = threading.Lock()
        self._catalogue: Catalogue | None = None

    def find(self, catalogue: Catalogue, key: Any) -> Answer | None:
        """The kept answer; None where there is none of this catalogue."""
        with self._lock:
            return self._kept.get(key) if catalogue is self._catalogue else None

    def keep(self, catalogue: Catalogue, key: Any, answer: Answer) -> None:
        """Keeps an answer, and lets those of another catalogue go."""
        with self._lock:
            if catalogue is not self._catalogue:
                self._kept.clear()
                self._catalogue = catalogue
            if self._kept.getsizeof(answer) <= self._kept.maxsize:
                self._kept[key] = answer


class Source:
    """A catalogue file with its data. Several threads may ask at once.

    `numbered_from` is how many rows a view has whose joined dimensions are numbered before the join, or, where these
    are of a view of at most `few_rows`, joined to groups.
    """

    def __init__(
        self,
        file: str | Path,
        data: str | Path | None = None,
        *,
        numbered_from: int = NUMBERED_FROM,
        few_rows: int = FEW_ROWS,
    ) -> None:
        self.numbered_from, self.few_rows = numbered_from, few_rows
        self.file = Path(file)
        self.data = Path(data) if data else None
        self.shelf = Shelf(self.file.with_name(FILE))
        self.cache, self.answers = Cache(), Answers()
        self._lock = threading.Lock()
        self._seen: tuple[Any, ...] = ()
        self._looked = 0.0
        self._serving: Serving | None = None

    def serve(self) -> Serving:
        """The catalogue and engine of now. Raises Refused where there has been no good catalogue yet."""
        with self._lock:
            now = time.monotonic()
            if self._serving is None or now - self._looked >= LOOK_AGAIN:
                self._looked = now
                self._look()
            assert self._serving is not None, "looking raises where nothing can be served"
            return self._serving

    def serve_boards(self, serving: Serving | None = None) -> Shelved:
        """The boards of `boards.yml` beside the catalogue, and what is wrong with a later edit of them."""
        return self.shelf.serve((serving or self.serve()).catalogue)

    def _look(self) -> None:
        """Loads anew where the catalogue or its data have changed; keeps the last good one where that fails."""
        seen = (read_stamp(self.file), self._read_version())
        if seen == self._seen and self._serving is not None:
            return
        try:
            fresh = self._open()
        except Refused as refused:
            if self._serving is None:
                raise
            self._serving = Serving(self._serving.catalogue, self._serving.engine, refused.problems)
        else:
            if self._serving:
                self._serving.engine.retire()
            self._serving = fresh
            seen = (seen[0], fresh.engine.version)  # that of the files which the new catalogue names
        self._seen = seen

    def _read_version(self) -> str:
        if self._serving is None:
            return ""
        catalogue = self._serving.catalogue
        try:
            return read_version(list_files(catalogue, find_folder(catalogue, self.file, self.data)))
        except (Refused, OSError):
            return "gone"

    def _open(self) -> Serving:
        catalogue = load_catalogue(self.file)
        engine = DuckDB(catalogue, find_folder(catalogue, self.file, self.data))
        try:
            return Serving(bind_catalogue(catalogue, engine, self.numbered_from, self.few_rows), engine)
        except BaseException:
            engine.retire()
            raise

    def interrupt(self) -> None:
        """The queries under way break off, as Failed."""
        if self._serving is not None:
            self._serving.engine.interrupt()

    # Asking

    def compile(self, question: Question | str, as_of: date | None = None, serving: Serving | None = None) -> Compiled:
        """The question through every phase before `run`. Raises Refused with every reason."""
        catalogue = (serving or self.serve()).catalogue
        return compile_question(catalogue, parse_line(question) if isinstance(question, str) else question, as_of)

    def sql(self, question: Question | str, as_of: date | None = None) -> Sql:
        """The SQL of a question. Raises Refused."""
        return self.compile(question, as_of).sql

    def ask(self, question: Question | str, as_of: date | None = None, seconds: float = 60.0) -> Answer:
        """The answer to a question. Raises Refused with every reason, Failed where the run breaks."""
        serving = self.serve()
        question = parse_line(question) if isinstance(question, str) else question
        if kept := self.answers.find(serving.catalogue, (question, as_of)):
            return kept
        found = self.compile(question, as_of, serving)
        for view, keys in found.sql.joined:
            self._prove_unique(serving, view, keys)
        table = self.fetch(serving, found.sql.text, found.sql.params, seconds)
        answer = build_answer(serving.catalogue, found.resolved, found.plan, found.sql, table)
        if missing := find_missing(serving.catalogue, answer, lambda about: self._look_up(serving, about, as_of)):
            answer = replace(answer, missing=missing)
        self.answers.keep(serving.catalogue, (question, as_of), answer)
        return answer

    def _look_up(self, serving: Serving, question: Question, as_of: date | None) -> pa.Table | None:
        """The rows of a question that only helps to explain another one's answer; None where it can't be answered."""
        try:
            found = self.compile(question, as_of, serving)
            return self.fetch(serving, found.sql.text, found.sql.params, LOOK_UP_SECONDS)
        except Stopped:
            raise
        except (Refused, Failed):
            return None

    def fetch(self, serving: Serving, sql: str, params: Sequence[Scalar] = (), seconds: float = 60.0) -> pa.Table:
        """The rows of a statement of ours, from the cache where they are known. Raises Failed."""
        key = (
            sql,
            tuple((type(value).__name__, value) for value in params),
            serving.engine.version,
            id(serving.engine),
        )
        return self.cache.get(key, lambda stop: serving.engine.run(sql, params, seconds, stop))

    def _prove_unique(self, serving: Serving, view: str, keys: tuple[str, ...]) -> None:
        """A join that would count rows twice is refused, as long as the data is so."""
        if problem := find_doubles(serving.catalogue, view, keys, lambda sql: self.fetch(serving, sql).to_pylist()):
            raise Refused([problem])


def compile_question(catalogue: Catalogue, question: Question, as_of: date | None = None) -> Compiled:
    """A question through resolve, plan and emit, for a bound catalogue. Raises Refused with every reason."""
    try:
        resolved = resolve_question(catalogue, question, as_of)
        plan = plan_question(resolved)
        return Compiled(question, resolved, plan, emit_plan(catalogue, plan))
    except OverflowError as error:  # of a day before the year 1 or after 9999
        raise refuse_period() from error


def open_source(
    file: str | Path,
    data: str | Path | None = None,
    *,
    numbered_from: int = NUMBERED_FROM,
    few_rows: int = FEW_ROWS,
) -> Source:
    """A catalogue file to ask questions of; `data` names another data folder. Raises Refused when it's wrong."""
    source = Source(file, data, numbered_from=numbered_from, few_rows=few_rows)
    source.serve()
    return source
