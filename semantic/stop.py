"""Stop: one thread asks another to end what it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stop:
    """Whether an end is asked for; any thread may ask, once and for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._calls: dict[object, Callable[[], object]] = {}

    @property
    def is_asked(self) -> bool:
        return self._asked

    def ask(self) -> None:
        """Asks for the end: what is watched by `calling` is called, on this thread."""
        with self._lock:
            self._asked = True
            for call in self._calls.values():
                call()

    @contextmanager
    def calling(self, call: Callable[[], object]) -> Iterator[None]:
        """Inside, `call` is made when the end is asked for, at once where it has been; never after."""
        place = object()
        with self._lock:
            self._calls[place] = call
            if self._asked:
                call()
        try:
            yield
        finally:
            with self._lock:
                del self._calls[place]


_NEVER = Stop()
_current: ContextVar[Stop] = ContextVar("stop", default=_NEVER)


@contextmanager
def stoppable(stop: Stop) -> Iterator[None]:
    """Whatever this thread asks of a source inside ends, as Stopped, when `stop` asks for it."""
    token = _current.set(stop)
    try:
        yield
    finally:
        _current.reset(token)


def find_stop() -> Stop:
    """The stop that this thread listens to; one that is never asked where there is none."""
    return _current.get()
