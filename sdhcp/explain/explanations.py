"""Explanations for people and programs: a question in words, an answer that JSON can hold."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred

from ..model import Local
from .asked import packet_of, side_of
from .explainer import Explainer
from .report import report_of


class Explanations:
    """Answers questions of why a client gets its answer.

    :param sides: the sides of the server as they are now, on which packets may come in.
    """

    def __init__(self, explainer: Explainer, sides: Callable[[], Sequence[Local]]) -> None:
        self._explainer = explainer
        self._sides = sides

    def tell(self, asked: Mapping[str, Any]) -> "Deferred[Mapping[str, Any]]":
        """The explanation of a packet that is described by :data:`.asked.TEXTS`, ``broadcast`` and ``port``.

        The Deferred fires with what :func:`.report.report_of` makes. It fails with :class:`ValueError` if there is no
        such packet, and with :class:`~sdhcp.interfaces.SourceError` as :meth:`.explainer.Explainer.explain`.
        """
        return Deferred.fromCoroutine(self._told(asked))

    async def _told(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        packet = packet_of(asked)
        return report_of(await self._explainer.explain(packet, side_of(asked, self._sides())))
