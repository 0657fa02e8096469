# -*- encoding: utf-8 -*-
"""
A pool of addresses for unknown clients, kept in memory.

In conf.py:

    import staticDHCPd_extensions.dynamism as dynamism

    def init():
        global guests
        guests = dynamism.DynamicPool('guests', 0, 300, 'guest', subnet_mask='255.255.255.0')
        guests.add_ips(['192.168.0.%i' % i for i in range(100, 200)])

    def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
        return guests.handle(method, packet, mac, client_ip)
"""
import collections
import csv
import io
import logging
import threading
import time

from libpydhcpserver.dhcp_types.ipv4 import IPv4
from staticdhcpdlib.databases.generic import Definition

try:
    import scapy.layers.l2
    import scapy.sendrecv
except ImportError:
    scapy = None

_logger = logging.getLogger('extension.dynamism')


class _Lease(object):
    def __init__(self, ip, expiration):
        self.ip = ip
        self.expiration = expiration
        self.last_seen = time.time()


class DynamicPool(object):
    def __init__(
        self, subnet, serial, lease_time, hostname_prefix, subnet_mask=None, gateway=None, broadcast_address=None,
        domain_name=None, domain_name_servers=None, ntp_servers=None, discourage_renewals=True
    ):
        self._subnet = subnet
        self._serial = serial
        self._lease_time = lease_time
        self._hostname_prefix = hostname_prefix
        self._subnet_mask = subnet_mask
        self._gateway = gateway
        self._broadcast_address = broadcast_address
        self._domain_name = domain_name
        self._domain_name_servers = domain_name_servers
        self._ntp_servers = ntp_servers
        self._discourage_renewals = discourage_renewals

        self._lock = threading.Lock()
        self._pool = collections.deque()
        self._map = {}  # MAC -> lease
        self._logger = _logger.getChild('{}|{}'.format(subnet, serial))

    def add_ips(self, ips, arp_addresses=True, arp_timeout=1.0):
        """Addresses that somebody answers for are taken to be leased to them."""
        ips = sorted(set(IPv4(ip) for ip in ips))
        taken = self._find_taken(ips, arp_timeout) if arp_addresses else {}
        with self._lock:
            known = set(self._pool) | set(lease.ip for lease in self._map.values())
            for ip in ips:
                if ip in known:
                    self._logger.warning("%s is in the pool already", ip)
                elif ip in taken:
                    self._map[taken[ip]] = _Lease(ip, time.time() + self._lease_time)
                else:
                    self._pool.append(ip)
            self._logger.debug("%i addresses are free", len(self._pool))

    def _find_taken(self, ips, timeout):
        if scapy is None:
            self._logger.warning("scapy is not installed: nobody is asked whether addresses are in use")
            return {}
        question = scapy.layers.l2.Ether(dst='ff:ff:ff:ff:ff:ff') / scapy.layers.l2.ARP(pdst=[str(ip) for ip in ips])
        (answers, _) = scapy.sendrecv.srp(question, timeout=timeout, verbose=0)
        return dict((IPv4(answer.psrc), answer.hwsrc.lower()) for (_, answer) in answers)

    def handle(self, method, packet, mac, client_ip):
        if method == 'DISCOVER' or method.startswith('REQUEST:'):
            definition = self._allocate(mac, client_ip)
            if definition is not None and self._discourage_renewals:
                moment = int(self._lease_time * 0.975)
                packet.setOption('renewal_time_value', moment)
                packet.setOption('rebinding_time_value', moment)
            return definition
        if method in ('RELEASE', 'DECLINE'):
            return self._reclaim(mac, client_ip)
        if method == 'INFORM':
            return self._definition(client_ip)
        self._logger.info("%s from %s is not for this pool", method, mac)
        return None

    def _definition(self, ip):
        return Definition(
            ip=ip, lease_time=self._lease_time, subnet=self._subnet, serial=self._serial,
            hostname='{}-{}'.format(self._hostname_prefix, '-'.join(str(octet) for octet in ip)),
            gateways=self._gateway, subnet_mask=self._subnet_mask, broadcast_address=self._broadcast_address,
            domain_name=self._domain_name, domain_name_servers=self._domain_name_servers,
            ntp_servers=self._ntp_servers,
        )

    def _take_back_expired(self):
        # Clients whose clocks are slow have another lease time to come back.
        oldest = time.time() - self._lease_time
        for (mac, lease) in list(self._map.items()):
            if lease.expiration < oldest:
                del self._map[mac]
                self._pool.append(lease.ip)
                self._logger.debug("%s is free again", lease.ip)

    def _allocate(self, mac, client_ip):
        mac = str(mac)
        with self._lock:
            self._take_back_expired()
            lease = self._map.get(mac)
            if lease is None:
                ip = self._pluck(client_ip)
                if ip is None:
                    self._logger.warning("No address is left for %s", mac)
                    return None
                lease = self._map[mac] = _Lease(ip, 0)
                self._logger.info("%s is for %s", ip, mac)
            lease.last_seen = time.time()
            lease.expiration = lease.last_seen + self._lease_time
            return self._definition(lease.ip)

    def _pluck(self, client_ip):
        if client_ip is not None and client_ip in self._pool:
            self._pool.remove(client_ip)
            return client_ip
        return self._pool.popleft() if self._pool else None

    def _reclaim(self, mac, client_ip):
        mac = str(mac)
        with self._lock:
            lease = self._map.get(mac)
            if lease is None or lease.ip != client_ip:
                return None
            del self._map[mac]
            self._pool.append(lease.ip)
        self._logger.info("%s is free: %s gave it back", lease.ip, mac)
        return self._definition(lease.ip)

    def _rows(self):
        with self._lock:
            leases = sorted((lease.ip, mac, lease.expiration, lease.last_seen) for (mac, lease) in self._map.items())
            free = sorted(self._pool)
        for (ip, mac, expiration, last_seen) in leases:
            yield (str(ip), mac, _told(expiration), _told(last_seen))
        for ip in free:
            yield (str(ip), '', '', '')

    def show_leases_csv(self, *args, **kwargs):
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerow(('ip', 'mac', 'expiration', 'last seen'))
        writer.writerows(self._rows())
        return ('text/csv', output.getvalue())

    def show_leases_xhtml(self, *args, **kwargs):
        return """<table class="element">
    <thead><tr><th>IP</th><th>MAC</th><th>Expiration</th><th>Last seen</th></tr></thead>
    <tfoot><tr><td colspan="4">{}|{}</td></tr></tfoot>
    <tbody>{}</tbody>
</table>""".format(self._subnet, self._serial, "\n".join(
            "<tr>{}</tr>".format("".join("<td>{}</td>".format(cell) for cell in row)) for row in self._rows()
        ))


def _told(moment):
    return time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(moment))
