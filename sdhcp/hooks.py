"""What of a site's code takes part in answering: found in conf.py, checked, and put to work."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields, replace
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import Interface

from .backends.site_code import raised
from .config import Configuration, ConfigurationError, Problem
from .config.schema import HOOKS, PARAMETERS
from .config.values import Unfit, discreet
from .engine.policy import Policy
from .interfaces import (
    IDefinitionChooser,
    IDefinitionSource,
    IEventObserver,
    ILender,
    IPacketFilter,
    IReplyEditor,
    IServerReactor,
    IUnknownClient,
)
from .lending import LendingResponder
from .publisher import Publisher
from .responder import Responder
from .scripted import ScriptedResponder
from .scripting.hook import Failures
from .scripting.site_hooks import Part, SiteHooks, parts_of

_INTERFACES: Final[tuple[type[Interface], ...]] = (
    IPacketFilter,
    IUnknownClient,
    IDefinitionChooser,
    IReplyEditor,
    IEventObserver,
)
_POLICY: Final = {
    name: parameter
    for parameter in PARAMETERS
    if parameter.section == "policy" and parameter.field in {one.name for one in fields(Policy)}
    for name in (parameter.name, *parameter.aliases)
}
"""Settings that a site's code may change while the server runs."""


class InitFailed(Exception):
    """``init()`` of conf.py has raised something; the text says what, and where."""


def check_providers(configuration: Configuration) -> None:
    """Whether everything in HOOKS is something that is asked.

    :raises ConfigurationError: if it is not.
    """
    names = ", ".join(interface.__name__ for interface in _INTERFACES)
    problems = [
        Problem(
            configuration.path,
            configuration.lines.get("HOOKS", 0),
            "HOOKS",
            f"{discreet(provider)} provides none of our interfaces",
            f"a class with @implementer of one of {names}",
        )
        for provider in configuration.site.providers
        if not any(interface(provider, None) is not None for interface in _INTERFACES)
    ]
    if problems:
        raise ConfigurationError(problems)


def call_init(configuration: Configuration) -> "Deferred[Any] | None":
    """Call ``init()`` of conf.py, if there is one; what fires when it is done, if that is later.

    :raises InitFailed: if it raises something; the Deferred fails with the same.
    """
    init = configuration.site.hooks.get("init")
    if init is None:
        return None

    def explain(error: BaseException) -> InitFailed:
        return InitFailed(str(raised("init", error, configuration.source.folder)))

    try:
        result = init()
    except (Exception, SystemExit) as error:  # a site's code may raise anything
        raise explain(error) from None
    if isinstance(result, Coroutine):
        result = Deferred.fromCoroutine(result)
    if not isinstance(result, Deferred):
        return None

    async def done() -> None:
        try:
            await result
        except (Exception, SystemExit) as error:  # as above
            raise explain(error) from None

    doing = Deferred.fromCoroutine(done())
    if not doing.called:
        return doing
    ended: list[Any] = []
    doing.addBoth(ended.append)
    if isinstance(ended[0], Failure):
        ended[0].raiseException()
    return None


def build_responder(
    configuration: Configuration,
    assigned: Mapping[str, Any],
    source: IDefinitionSource,
    publisher: Publisher,
    clock: Callable[[], float],
    reactor: IServerReactor,
    watch: Callable[[Part], Part] | None = None,
    lender: ILender | None = None,
) -> Responder:
    """The conductor of packets: with the site's code, if there is any that takes part.

    :param assigned: what code has put in the place of settings and functions of conf.py.
    :param lender: who lends the addresses of pools, if there are any.
    :param watch: what each piece of that code is replaced by, for who wants to see it at work.
    """
    providers = configuration.site.providers
    for provider in providers:
        observer = IEventObserver(provider, None)
        if observer is not None:
            publisher.add(observer)
    functions = {**configuration.site.hooks, **{name: assigned[name] for name in HOOKS if name in assigned}}
    parts = parts_of(functions, providers, configuration.listen.proxy_port)
    if watch is not None:
        parts = [watch(part) for part in parts]
    policy = configuration.policy
    if not parts:
        if lender is None:
            return Responder(source, policy, publisher, clock, reactor)
        return LendingResponder(source, policy, publisher, clock, reactor, lender)
    failures = Failures(configuration.source.folder, publisher.publish, clock)
    site = SiteHooks(parts, reactor, failures)
    return ScriptedResponder(source, policy, publisher, clock, reactor, site, lender)


def is_policy(name: str) -> bool:
    """Whether a setting may be changed by a site's code while the server runs."""
    return name in _POLICY


def with_setting(policy: Policy, name: str, value: Any) -> Policy:
    """A policy with another value for one setting, by its name in conf.py; as it was if the value cannot be.

    :raises ValueError: if the value cannot be, with what is wrong.
    """
    parameter = _POLICY[name]
    try:
        checked = parameter.check(value)
    except Unfit as error:
        expected = f"; expected {error.expected}" if error.expected else ""
        raise ValueError(f"{name}: {error.told(discreet)}{expected}") from None
    if parameter.field == "rapid_commit":
        rapid, subnets = checked
        return replace(policy, rapid_commit=rapid, rapid_commit_subnets=subnets)
    return replace(policy, **{parameter.field: checked})
