"""The functions of a conf.py as providers of our interfaces, in the forms that staticDHCPd calls them."""

import inspect
from collections.abc import Callable
from typing import Any, Final

from zope.interface import implementer

from ..interfaces import IDefinitionChooser, IPacketFilter, IReplyEditor, IRequest, IUnknownClient
from .definition import Definition

_OLD_UNKNOWN: Final = ["mac"]
_OLD_LOAD: Final = ["packet", "mac", "client_ip", "relay_ip", "subnet", "serial", "pxe", "vendor"]
_OLD_FIELDS: Final = 10


@implementer(IPacketFilter)
class FilterPacket:
    """``filterPacket(packet, method, mac, client_ip, relay_ip, port)``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def admits(self, request: IRequest) -> Any:
        """See :class:`IPacketFilter`."""
        return self.function(
            request.packet, request.method, request.mac, request.client_ip, request.relay_ip, request.port
        )


@implementer(IUnknownClient)
class HandleUnknownMAC:
    """``handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port)``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def find(self, request: IRequest) -> Any:
        """See :class:`IUnknownClient`."""
        return self.function(
            request.packet, request.method, request.mac, request.client_ip, request.relay_ip, request.port
        )


@implementer(IUnknownClient)
class OldHandleUnknownMAC:
    """``handleUnknownMAC(mac)``, which gives ten values in a row."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def find(self, request: IRequest) -> Any:
        """See :class:`IUnknownClient`."""
        found = self.function(request.mac)
        if not isinstance(found, list | tuple) or len(found) != _OLD_FIELDS:
            return found
        ip, hostname, mask, broadcast, domain, name_servers, time_servers, lease_time, subnet, serial = found
        return Definition(
            ip,
            lease_time,
            subnet,
            serial,
            hostname=hostname,
            subnet_mask=mask,
            broadcast_address=broadcast,
            domain_name=domain,
            domain_name_servers=name_servers,
            ntp_servers=time_servers,
        )


@implementer(IDefinitionChooser)
class FilterRetrievedDefinitions:
    """``filterRetrievedDefinitions(definitions, packet, method, mac, client_ip, relay_ip, port)``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def choose(self, definitions: Any, request: IRequest) -> Any:
        """See :class:`IDefinitionChooser`."""
        return self.function(
            definitions, request.packet, request.method, request.mac, request.client_ip, request.relay_ip, request.port
        )


@implementer(IReplyEditor)
class LoadDHCPPacket:
    """``loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet)``."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def edit(self, request: IRequest, definition: Any) -> Any:
        """See :class:`IReplyEditor`."""
        return self.function(
            request.packet,
            request.method,
            request.mac,
            definition,
            request.relay_ip,
            request.port,
            request.source_packet,
        )


@implementer(IReplyEditor)
class OldLoadDHCPPacket:
    """``loadDHCPPacket(packet, mac, client_ip, relay_ip, subnet, serial, pxe, vendor)``.

    :param proxy_port: the ProxyDHCP port: what a client tells of its PXE is handed over if it spoke to that one.
    """

    def __init__(self, function: Callable[..., Any], proxy_port: int | None) -> None:
        self.function = function
        self._proxy_port = proxy_port

    def edit(self, request: IRequest, definition: Any) -> Any:
        """See :class:`IReplyEditor`."""
        said = request.source_packet
        pxe = said.extractPXEOptions() if request.port == self._proxy_port else None
        return self.function(
            request.packet,
            request.mac,
            definition.ip,
            request.relay_ip,
            definition.subnet,
            definition.serial,
            pxe,
            said.extractVendorOptions(),
        )


def unknown_client(function: Callable[..., Any]) -> HandleUnknownMAC | OldHandleUnknownMAC:
    """A ``handleUnknownMAC``, of either age."""
    return OldHandleUnknownMAC(function) if _arguments(function) == _OLD_UNKNOWN else HandleUnknownMAC(function)


def reply_editor(function: Callable[..., Any], proxy_port: int | None) -> LoadDHCPPacket | OldLoadDHCPPacket:
    """A ``loadDHCPPacket``, of either age."""
    if _arguments(function) == _OLD_LOAD:
        return OldLoadDHCPPacket(function, proxy_port)
    return LoadDHCPPacket(function)


def _arguments(function: Callable[..., Any]) -> list[str]:
    try:
        return inspect.getfullargspec(function).args
    except TypeError:
        return []
