"""One trouble: since when, how often, whom it befell, what was told of it, and whether something is to be told."""

from typing import Final

from ..interfaces import Alert
from .symptoms import Symptom

QUIET: Final = 600.0
"""Seconds without a case after which a trouble is over whose end nobody tells."""
REST: Final = 6 * 3600.0
"""Seconds after its end for which a trouble that comes again is the same."""
STEADY: Final = 2
"""Beginnings that are told at once, with their ends; one that comes and goes more often is told now and then."""
UNSTEADY: Final = 300.0
"""Seconds that the further ones must last to be told before the next digest."""
INTERVALS: Final = (1800.0, 6 * 3600.0, 24 * 3600.0)
"""Seconds from one telling to the next, while it lasts; the last goes on."""
NAMED: Final = 5
"""Those whom it befell that are named."""
SAID: Final = 20
"""Cases whose words are kept from one telling to the next; the first ones."""
TOLD_APART: Final = 1000
"""Those whom it befell that are told apart, to be counted."""


class Trouble:
    """What is known of one trouble.

    :param name: what it is called in all its alerts.
    :param traffic: packets that have come in, and those of them without an answer for a source's sake.
    :ivar on: whether it is there now; :ivar ended: when it was there last, if not.
    """

    def __init__(self, name: str, symptom: Symptom, now: float, traffic: tuple[int, int]) -> None:
        self._name = name
        self._symptom = symptom
        self._trace = symptom.trace
        self._traffic = traffic
        self._since = self._began = self._last = self._told_at = now
        self._seconds = 0.0
        self._times = self._told_times = 0
        self._spells = 0
        self._step = 0
        self._number = 0
        self._told_on = self._told_over = False
        self._met: set[str] = set()
        self._whom: list[str] = []
        self._said: dict[str, None] = {}
        self.on = False
        self.ended = now

    def meet(self, symptom: Symptom, now: float) -> None:
        """It is there."""
        if not self.on:
            self.on = True
            self._began = now
            self._spells += 1
        self._symptom = symptom
        self._last = now
        self._trace = self._trace or symptom.trace
        self._times += symptom.times
        if len(self._said) < SAID:
            self._said[symptom.what] = None
        whom = symptom.whom
        if whom and whom not in self._met and len(self._met) < TOLD_APART:
            self._met.add(whom)
            if len(self._whom) < NAMED:
                self._whom.append(whom)

    def end(self, now: float, lasted: float = 0.0) -> None:
        """It is over; ``lasted`` is for how long it was there if that is known."""
        if lasted:
            if self._spells == 1:
                self._since = now - lasted
            self._began = now - lasted
        self._seconds += now - self._began
        self.on = False
        self.ended = self._last = now

    def look(self, now: float) -> None:
        """End it if it was not met for a while."""
        symptom = self._symptom
        if self.on and not symptom.tells_end and not symptom.stays and now - self._last >= QUIET:
            self.end(self._last)

    def due(self, now: float) -> str:
        """The stage that is to be told now, "" for nothing."""
        if not self._number:
            return "begun" if self.on else "over"
        is_steady = self._spells <= STEADY
        more = self._times > self._told_times
        if self.on and not self._told_on:
            if is_steady:
                return "begun"
            if now - max(self._began, self._told_at) >= UNSTEADY:
                return "goes on"
        if self._is_over_untold(now):
            if self._symptom.tells_end or more or not is_steady:
                return "over"
            # All there is to tell of it was told when it began.
            self._told_on = False
        elif (more or (self.on and self._symptom.tells_end)) and now - self._told_at >= self._interval:
            return "goes on"
        return ""

    def _is_over_untold(self, now: float) -> bool:
        if self.on:
            return False
        if self._spells <= STEADY:
            return self._told_on or self._times > self._told_times
        return not self._told_over and now - self.ended >= REST

    @property
    def _interval(self) -> float:
        return INTERVALS[min(self._step, len(INTERVALS) - 1)]

    def is_forgotten(self, now: float) -> bool:
        """Whether it has been over for so long that the next one is another."""
        return not self.on and now - self.ended >= REST and not self.due(now)

    def tell(self, stage: str, now: float, wall: float, traffic: tuple[int, int]) -> Alert:
        """What is told now; it counts as told."""
        symptom = self._symptom
        more = self._times - self._told_times
        self._number += 1
        self._step += stage == "goes on"
        self._told_at = now
        self._told_on = self.on
        self._told_over = stage == "over"
        self._told_times = self._times
        said, self._said = self._said, {}
        return Alert(
            trouble=self._name,
            number=self._number,
            stage=stage,
            is_on=self.on,
            at=wall,
            since=wall - (now - self._since),
            until=wall - (now - self._last),
            seconds=self._seconds + ((now if symptom.tells_end else self._last) - self._began if self.on else 0.0),
            times=self._times,
            more=more,
            spells=self._spells,
            kind=symptom.kind,
            title=symptom.title,
            what=" ".join(filter(None, (symptom.what, self._figures(traffic)))),
            whom=tuple(self._whom),
            met=len(self._met),
            meanwhile=symptom.meanwhile,
            advice=symptom.advice,
            said=tuple(one for one in said if one != symptom.what),
            trace=self._trace,
        )

    def _figures(self, traffic: tuple[int, int]) -> str:
        """What it cost, for troubles of which the clients' packets tell."""
        if self._symptom.kind not in ("source", "leases"):
            return ""
        came, unanswered = (now - then for now, then in zip(traffic, self._traffic, strict=True))
        if not came:
            return ""
        return f"Since it began {came:,} packets of clients have come in; {unanswered:,} got no answer for this reason."
