"""What theory says beforehand of a workload, as statements that every run is held against. Standard library only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from parbench.errors import WorkloadError

#: What a speedup may be held against beside another strategy: the cores' measured ceiling, or their number.
MEASURES = ("ceiling", "cores")


@dataclass(frozen=True)
class Expect:
    """The speedup of `strategy` is above or below `times` × `than`.

    Fields:
        strategy: whose speedup, by its label.
        relation: ``above`` or ``below``.
        than: another strategy's label, for its speedup at as many cores (a strategy that does not scale has one);
            ``ceiling`` or ``cores``; or a number.
        times: a factor on `than`.
        cores: at how many cores; 0 for the most that were measured. No statement where that is 1.
        from_seconds, to_seconds: only at sizes at which a call of the baseline takes so long.
        why: what theory says, in one sentence.

    Raises WorkloadError where it cannot be meant.
    """

    strategy: str
    relation: Literal["above", "below"]
    than: str | float
    why: str
    times: float = 1.0
    cores: int = 0
    from_seconds: float = 0.0
    to_seconds: float = 1e9

    def __post_init__(self) -> None:
        if self.relation not in ("above", "below"):
            raise WorkloadError(f"an expectation is above or below something, not {self.relation!r}.")
        if not self.why:
            raise WorkloadError(f"the expectation of {self.strategy!r} gives no reason: say why in one sentence.")

    def facts(self) -> dict[str, Any]:
        """As the header of a run file keeps it: plain values."""
        return asdict(self)
