"""The recommendation of a strategy, which reads as a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from parbench.analysis.advice.candidates import Candidate
from parbench.text import one_line

#: Characters of the longest sentence that is shown.
LONGEST_SENTENCE = 1000


@dataclass(frozen=True, repr=False)
class Advice:
    """The recommendation for `calls` calls of a workload at a size: the choice, the runner-up, and why.

    Printed, and shown in a notebook, it is its sentence and its notes.

    `candidates` are all that could be chosen, the shortest expected time first; `excluded` those that could not, each
    with its reason. `apart` is false if the choice and the runner-up cannot be distinguished. `notes` are sentences
    about what this rests on.
    """

    workload: str
    size: int
    calls: int
    cores: int
    choice: Candidate
    rival: Candidate | None
    equal: tuple[Candidate, ...]
    apart: bool
    candidates: tuple[Candidate, ...]
    excluded: tuple[Candidate, ...]
    notes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The recommendation in one sentence, with its reason."""
        # the one import from the report, on use
        from parbench.report.sentences.advice import sentence

        return sentence(self)

    def __str__(self) -> str:
        return "\n".join(one_line(each, LONGEST_SENTENCE) for each in (self.sentence, *self.notes))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in str(self).splitlines())
