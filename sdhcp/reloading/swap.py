"""Puts a conf.py that was checked in the place of the one in force."""

from collections.abc import Sequence
from time import perf_counter, time
from typing import Any, Final, NamedTuple

from twisted.internet.defer import Deferred, TimeoutError, maybeDeferred

from ..alerting import Alerting
from ..config.difference import Change
from ..config.settings import Configuration
from ..hooks import InitFailed, build_responder, call_init, is_policy, with_setting
from ..interfaces import IDefinitionSource, IEventObserver, IReloadable, IRemoteSource, SourceError
from ..leases.lender import Lender
from ..lending import LendingResponder
from ..logs import severity_read
from ..responder import Responder
from ..scripting.site import SiteCallbacks, register_with, site_of, still_serving
from ..scripting.site_modules import Modules, SiteModules, is_from_elsewhere
from ..sources import build_source
from .candidate import Candidate
from .in_force import in_force, sorted_out, touches_alerts
from .running import Running
from .serving import Serving

PROBE: Final = 8.0
"""Seconds that a store is given to answer."""
INIT: Final = 30.0
"""Seconds that a coroutine ``init()`` is given."""


class Swapped(NamedTuple):
    """What a swap has come to. ``old`` is who answered until now, and goes on with the packets that it has."""

    changes: tuple[Change, ...]
    old: Serving
    keeps_source: bool


async def swap(running: Running, candidate: Candidate) -> Swapped:
    """Prepare all that may fail, then put it in place at once.

    :raises InitFailed: if ``init()`` of the new conf.py raises something.
    :raises SourceError: if its source cannot be used now; with all others, nothing was changed.
    """
    new, old = candidate.configuration, running.configuration
    pools, before = running.pools, running.serving
    assert pools is not None and before is not None and new.site.module is not None  # noqa: S101  it serves
    site = site_of(new.site.module)
    source = before.source if candidate.keeps_source else await ready(candidate, running)
    modules = SiteModules(old.source.folder)
    replaced = modules.now()
    try:
        modules.put_back(candidate.modules)
        # Files from elsewhere, which are not executed again, have these from the conf.py that they were imported by.
        register_with(old.site.module, site)
        await _begin(running, new, site)
        changes = sorted_out(candidate.changes, old, new, pools.can_lend_by(new, bool(site.pools)))
        configuration = in_force(old, new, changes)
        pools.check_own(configuration, site.pools)
        lender = pools.another_lender(configuration)
        with still_serving(old.site.module):
            made = build_source(configuration, running.reactor, perf_counter) if source is None else None
        with still_serving(old.site.module, False):
            if made is not None:
                await start(made, running)
                source = made
            elif candidate.keeps_source and IReloadable.providedBy(source):
                await source.reload()
        assert source is not None  # noqa: S101  there is one, or one was made
        responder = _responder(running, configuration, site, source, lender)
    except BaseException:
        modules.put_back(replaced)
        register_with(old.site.module, running.site)
        if not candidate.keeps_source:
            await stop(source)
        raise
    serving = Serving(source, responder, running.publisher.publish, running.tell, running.reactor)
    serving.is_open_already()
    _put_in_place(running, configuration, changes, serving, lender, replaced)
    if touches_alerts(changes):
        _send_alerts_otherwise(running, configuration)
    return Swapped(changes, before, candidate.keeps_source)


async def ready(candidate: Candidate, running: Running) -> IDefinitionSource | None:
    """The source of a new conf.py, started; None if it is code, which may want ``init()`` to be called first.

    :raises SourceError: if it cannot be used now.
    """
    configuration = candidate.configuration
    if not isinstance(configuration.source.engine, str):
        return None
    source = candidate.source or build_source(configuration, running.reactor, perf_counter)
    await start(source, running)
    return source


async def start(source: IDefinitionSource, running: Running) -> None:
    """Start a source, and see that its store answers.

    :raises SourceError: if it does not; it has been stopped again.
    """
    if not IRemoteSource.providedBy(source):
        return
    source.start()
    try:
        await source.probe().addTimeout(PROBE, running.reactor)
    except TimeoutError:
        await stop(source)
        raise SourceError(f"{source.name}: no answer within {PROBE:.0f} s") from None
    except BaseException:
        await stop(source)
        raise


async def stop(source: IDefinitionSource | None) -> None:
    """Stop a source that nobody has used."""
    if source is not None and IRemoteSource.providedBy(source):
        await maybeDeferred(source.stop)


async def _begin(running: Running, new: Configuration, site: SiteCallbacks) -> None:
    """Call ``init()`` of a new conf.py."""
    with still_serving(running.configuration.site.module):
        running.console.register(site)
        running.reports.register_with(site)
        starting: Deferred[Any] | None = call_init(new)
    if starting is not None:
        try:
            # What it goes on with may ask for its own settings, which are those of its own conf.py.
            await starting.addTimeout(INIT, running.reactor)
        except TimeoutError:
            raise InitFailed(f"init() of conf.py has not ended within {INIT:.0f} s") from None


def _responder(
    running: Running, configuration: Configuration, site: SiteCallbacks, source: Any, lender: Lender | None
) -> Responder:
    """Who answers from now on; observers of the new conf.py hear of events in the place of those of the old one."""
    publisher = running.publisher
    old, new = _observers(running.configuration), _observers(configuration)
    for observer in old:
        publisher.remove(observer)
    try:
        responder = build_responder(
            configuration, site.assigned, source, publisher, perf_counter, running.reactor, lender=lender
        )
    except BaseException:
        for observer in new:
            publisher.remove(observer)
        for observer in old:
            publisher.add(observer)
        raise
    return responder


def _observers(configuration: Configuration) -> list[IEventObserver]:
    found = [IEventObserver(provider, None) for provider in configuration.site.providers]
    return [observer for observer in found if observer is not None]


def _put_in_place(
    running: Running,
    configuration: Configuration,
    changes: Sequence[Change],
    serving: Serving,
    lender: Lender | None,
    replaced: Modules,
) -> None:
    before, parts, module = running.serving, running.parts, configuration.site.module
    assert before is not None and module is not None  # noqa: S101  as above
    responder = serving.responder
    register_with(running.configuration.site.module, running.site)
    running.site.take_over(module, lambda function: is_from_elsewhere(function, replaced))
    for name, value in running.site.assigned.items():
        take_assigned(responder, name, value, running)
    if isinstance(responder, LendingResponder) and responder.lender_health is not None and lender is not None:
        parts.lender_health = responder.lender_health
        if running.pools is not None and running.leases is not None:
            running.pools.lend_by(lender, responder.lender_health, running.leases)
    running.configuration, running.serving = configuration, serving
    if parts.explained_by is not None:
        parts.explanations = parts.explained_by(responder)
    parts.source, parts.cache, parts.responder = serving.source, configuration.cache, responder
    running.outputs.use(configuration.log)
    running.lines.use(configuration.web, configuration.process.debug)
    running.event_log.use(*severity_read(configuration.log, configuration.web))
    running.publisher.ask_again()
    running.console.use(configuration, tuple(change for change in changes if change.waits))
    before.disownServiceParent()
    serving.setServiceParent(running.parent)
    if running.leases is not None:
        running.leases.look_for_reservations()


def take_assigned(responder: Responder, name: str, value: Any, running: Running) -> None:
    """A site's code has assigned to a name of ``staticdhcpdlib.config``."""
    if is_policy(name):
        try:
            responder.policy = with_setting(responder.policy, name, value)
        except ValueError as error:
            running.tell("ERROR", f"assigned in staticdhcpdlib.config: {error}; as it was")


def _send_alerts_otherwise(running: Running, configuration: Configuration) -> None:
    """Send what waits in the old way, and all that happens from now on in the new one."""
    before, publisher = running.alerting, running.publisher
    after = Alerting(configuration, publisher.publish, running.reactor, perf_counter, time, running.counters)
    if before.book is not None:
        publisher.remove(before.book)
    if after.book is not None:
        publisher.add(after.book)
    running.alerting = after
    # Mails that wait are in one folder, which is nothing for two.
    ended = maybeDeferred(before.disownServiceParent)
    ended.addBoth(lambda _: after.setServiceParent(running.parent) if running.parent.running else None)
