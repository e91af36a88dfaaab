"""A task that was away - its process stood still, died, or had another's task just now - and what became late by it."""

from math import inf

from dapi_common.events.sends import SendRequested

AWAY = 0.25
"""A task that took no step for so many seconds may have been away. That it was is seen by a slot so old."""
LATE = 0.05
"""By so many seconds what is behind such a slot is late, too."""
RETURN = 1.0
"""For so many seconds what is read may be of the time away."""


class Absence:
    """Others have gone on meanwhile: what had its slot then must not start beside what they send now, but go back to
    the dispatcher for another one. Once: so a task that always takes its time, or whose clock is ahead, loses little by
    it. What is late for another reason stays: it waits for this process, not for its return."""

    def __init__(self) -> None:
        self._stepped = -inf
        self._grace = AWAY
        self._over = True
        self.is_behind = False
        """Whether something that was due did not start in the last step: then time away changes little."""
        self.since = self.until = -inf
        """The slots that were missed are of this time."""

    def ends(self, now: float) -> bool:
        """A step begins. Whether it is the first after a while away."""
        before, self._stepped = self._stepped, now
        if now - before <= AWAY or self.is_behind:
            return False
        self.since, self.until = before - AWAY, now - LATE
        self._grace, self._over = AWAY, False
        return True

    def has_missed(self, send: SendRequested, now: float) -> bool:
        """Whether a send that is read now goes back."""
        if self._over:
            return False
        if send.slot >= now - self._grace or now > self.until + RETURN:
            self._over = True
        elif not send.late and self.since <= send.slot < self.until:
            self._grace = LATE
            return True
        return False
