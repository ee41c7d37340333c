"""What a process opens once and must not take over a fork: sessions, clients, connections."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class PerProcess(Generic[K, V]):
    """One `V` per `K` and process, made on first use.

    What a parent process opened is left alone in a child: using or closing it there would
    disturb the parent. No process forks while something is being made or used `alone`, so that
    a child never waits for a thread which it does not have.
    """

    def __init__(self, make: Callable[[K, bool], V]) -> None:
        """`make` gets the key, and whether an ancestor of this process made one of them."""
        self._make = make
        self._made: dict[tuple[int, K], V] = {}
        self._lock = Lock()
        os.register_at_fork(
            before=self._lock.acquire,
            after_in_parent=self._lock.release,
            after_in_child=self._lock.release,
        )

    def get(self, key: K) -> V:
        """The one of this process, which threads share."""
        with self._lock:
            return self._one(key)

    @contextmanager
    def alone(self, key: K) -> Iterator[V]:
        """The one of this process, for one thread at a time. It is given up when the block
        raises, so that the next use opens another."""
        with self._lock:
            made = self._one(key)
            try:
                yield made
            except BaseException:
                self._made.pop((os.getpid(), key), None)
                raise

    def here(self) -> tuple[K, ...]:
        """Of what this process has one."""
        return tuple(key for pid, key in self._made if pid == os.getpid())

    def _one(self, key: K) -> V:
        mine = (os.getpid(), key)
        if mine not in self._made:
            inherited = any(pid != mine[0] for pid, _ in self._made)
            self._made[mine] = self._make(key, inherited)
        return self._made[mine]
