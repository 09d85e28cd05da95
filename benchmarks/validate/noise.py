"""Noise models for simulations: by how much the logarithm of a time is off, sample by sample.

The one home of them: tests of the statistics take theirs from here, too.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from parbench.measurement import schedule

Shape = tuple[int, ...]
#: Errors of a shape, each independent of all others.
Errors = Callable[[np.random.Generator, Shape], np.ndarray]


def none(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """No errors."""
    del rng
    return np.zeros(shape)


def normal(rng: np.random.Generator, shape: Shape, spread: float = 0.03) -> np.ndarray:
    """Errors of 3 %."""
    return rng.normal(0, spread, shape)


def lognormal(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Delays that are mostly short and now and then long."""
    return 0.02 * rng.lognormal(0, 1, shape)


def student3(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Long tails on both sides."""
    return 0.02 * rng.standard_t(3, shape)


def exponential(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Delays with an exponential tail, a twentieth of the time in the mean."""
    return np.log1p(rng.exponential(0.05, shape))


def spiky(rng: np.random.Generator, shape: Shape, share: float = 0.05, times: float = 3.0) -> np.ndarray:
    """Errors of 3 %, and a share of the samples takes so many times as long."""
    found: np.ndarray = normal(rng, shape) + math.log(times) * (rng.random(shape) < share)
    return found


def disturbed(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """One in fifty is 30 % slower."""
    found: np.ndarray = math.log(1.3) * (rng.random(shape) < 0.02)
    return found


@dataclass(frozen=True)
class Noise:
    """Errors of each sample and of each process, and the drift of a machine that all arms see.

    `drift` is by how much the machine gets slower or faster from one sample to the next, a random walk.
    """

    name: str
    of_sample: Errors = normal
    of_process: Errors = none
    drift: float = 0.0

    def logs(self, rng: np.random.Generator, arms: int, blocks: int, rounds: int) -> np.ndarray:
        """Logarithms of times whose true value is 1: arm × block × round."""
        shape = (arms, blocks, rounds)
        found: np.ndarray = self.of_sample(rng, shape) + self.of_process(rng, shape[:2])[..., None]
        return found + self._walk(rng, shape) if self.drift else found

    def _walk(self, rng: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
        """The machine when each arm has its turn, in the orders that a campaign makes."""
        arms, blocks, rounds = shape
        orders = random.Random(int(rng.integers(2**32)))
        turns = np.array([schedule.orders(range(arms), rounds, orders) for _ in range(blocks)])
        machine = np.cumsum(rng.normal(0, self.drift, turns.size)).reshape(turns.shape)
        found = np.empty_like(machine)
        np.put_along_axis(found, turns, machine, axis=2)
        return found.transpose(2, 0, 1)


#: What intervals and verdicts are tried under.
NOISES = (
    Noise("normal, 3 % a sample"),
    Noise("exponential tail, 5 %", exponential),
    Noise("5 % of samples at 2×", partial(spiky, share=0.05, times=2.0)),
    Noise("2 % of samples at 5×", partial(spiky, share=0.02, times=5.0)),
    Noise("drift, 1 % a sample", drift=0.01),
    Noise("3 % a process", of_process=normal),
    Noise("2 % of processes 30 % slower", of_process=disturbed),
)
