"""The counting of one stretch: its phases, and what is shown at a second of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

BAR = 10  # marks of the bar
FULL, EMPTY = "\u25b0", "\u25b1"
READY, BETWEEN, CHANGE = 5, 3, 5  # seconds to get ready, to let go, to change sides
MOVEMENT = 4  # seconds of one slow movement where nothing is held


@dataclass(frozen=True, slots=True)
class Phase:
    """So many seconds of one thing, and the words for it."""

    seconds: int
    text: str


@dataclass(frozen=True, slots=True)
class Countdown:
    """A stretch to be counted through: its phases, the seconds already counted, the button token.

    `token` names session and stretch, so that a count that ends late moves nothing else on.
    `resumed`: to be shown only if nothing counts on the screen any more.
    """

    token: str
    title: str
    cue: str
    phases: tuple[Phase, ...]
    spent: int = 0
    resumed: bool = False

    @property
    def seconds(self) -> int:
        """How long it takes in all."""
        return sum(phase.seconds for phase in self.phases)

    def lines_at(self, second: int) -> tuple[str, str, str, str]:
        """Title, phase, bar with the seconds left in it, and the breathing cue."""
        phase, left = self._phase_at(second)
        done = min(max(second, 0), self.seconds)
        full = BAR * done // max(self.seconds, 1)
        bar = f"{FULL * full}{EMPTY * (BAR - full)} {left}"
        return (self.title, phase.text, bar, self.cue)

    def _phase_at(self, second: int) -> tuple[Phase, int]:
        end = 0
        for phase in self.phases:
            end += phase.seconds
            if second < end:
                return phase, end - second
        return self.phases[-1], 0

    def moments(self, step: int) -> Iterator[int]:
        """The seconds at which something new is to be shown: each phase, and every so often."""
        begin = 0
        for phase in self.phases:
            yield from range(begin, begin + phase.seconds, step)
            begin += phase.seconds


def phases_of(
    hold: int, repetitions: int, sides: tuple[str, ...], words: dict[str, str]
) -> tuple[Phase, ...]:
    """Get ready, hold and let go so many times, change sides.

    `words` are the texts of the phases with {at}, {of} and {side}; `sides` is empty for a stretch
    that has none.
    """
    phases = [Phase(READY, words["ready"])]
    kind = "hold" if hold else "move"
    for place, side in enumerate(sides or ("",)):
        if place:
            phases.append(Phase(CHANGE, words["change"].replace("{side}", side)))
        for number in range(1, repetitions + 1):
            said = words[f"{kind}_side" if side else kind]
            said = said.replace("{at}", str(number)).replace("{of}", str(repetitions))
            phases.append(Phase(hold or MOVEMENT, said.replace("{side}", side)))
            if number < repetitions:
                phases.append(Phase(BETWEEN, words["let_go"]))
    return tuple(phases)
