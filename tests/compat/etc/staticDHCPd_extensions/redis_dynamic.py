# -*- encoding: utf-8 -*-
"""
A pool of addresses for unknown clients, kept in Redis, so that several servers may share it.

In conf.py:

    import staticDHCPd_extensions.redis_dynamic as redis_dynamic

    def init():
        global guests
        guests = redis_dynamic.DynamicPool('guests', 'guests-lock', 'guests', 0, 300, 'guest', host='localhost')
        guests.add_ips(['192.168.0.%i' % i for i in range(100, 200)])

    def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
        return guests.handle(method, packet, mac, client_ip)
"""
import csv
import io
import json
import logging
import time

import redis

from libpydhcpserver.dhcp_types.ipv4 import IPv4
from staticdhcpdlib.databases.generic import Definition

_logger = logging.getLogger('extension.redis_dynamic')

_AVAILABLE = 'ips_available'


class DynamicPool(object):
    def __init__(
        self, lease_key, lock_key, subnet, serial, lease_time, hostname_prefix, subnet_mask=None, gateway=None,
        broadcast_address=None, domain_name=None, domain_name_servers=None, ntp_servers=None, **redis_kwargs
    ):
        self._redis = redis.Redis(decode_responses=True, **redis_kwargs)
        self._lease_key = lease_key
        self._lock_key = lock_key
        self._subnet = subnet
        self._serial = serial
        self._lease_time = lease_time
        self._hostname_prefix = hostname_prefix
        self._given = {
            'gateways': gateway, 'subnet_mask': subnet_mask, 'broadcast_address': broadcast_address,
            'domain_name': domain_name, 'domain_name_servers': domain_name_servers, 'ntp_servers': ntp_servers,
        }
        self._logger = _logger.getChild('{}|{}'.format(subnet, serial))

    def _locked(self):
        return self._redis.lock(self._lock_key, timeout=5, blocking_timeout=1)

    def _leases(self):
        """MAC -> (address, end of its lease), as Redis has them now."""
        leases = {}
        for (field, value) in self._redis.hgetall(self._lease_key).items():
            if field != _AVAILABLE:
                lease = json.loads(value)
                leases[field] = (lease['ip'], lease['expiration'])
        return leases

    def _available(self):
        return json.loads(self._redis.hget(self._lease_key, _AVAILABLE) or '[]')

    def _keep_available(self, ips):
        self._redis.hset(self._lease_key, _AVAILABLE, json.dumps(ips))

    def add_ips(self, ips):
        """Addresses that are known or leased already are not added again."""
        with self._locked():
            available = self._available()
            known = set(available) | set(ip for (ip, _) in self._leases().values())
            added = [str(ip) for ip in sorted(IPv4(ip) for ip in ips) if str(ip) not in known]
            self._keep_available(available + added)
        self._logger.debug("Added %i addresses", len(added))

    def handle(self, method, packet, mac, client_ip):
        if method == 'DISCOVER' or method.startswith('REQUEST:'):
            return self._allocate(mac, client_ip)
        if method in ('RELEASE', 'DECLINE'):
            return self._reclaim(mac, client_ip)
        if method == 'INFORM':
            return self._definition(client_ip) if client_ip else None
        self._logger.info("%s is not for this pool", method)
        return None

    def _definition(self, ip):
        return Definition(
            ip=ip, lease_time=self._lease_time, subnet=self._subnet, serial=self._serial,
            hostname='{}-{}'.format(self._hostname_prefix, str(ip).replace('.', '-')), **self._given
        )

    def _take_back_expired(self, leases, available):
        # Clients whose clocks are slow have another lease time to come back.
        oldest = time.time() - self._lease_time
        expired = [mac for (mac, (_, expiration)) in leases.items() if expiration < oldest]
        for mac in expired:
            available.append(leases.pop(mac)[0])
        if expired:
            self._redis.hdel(self._lease_key, *expired)
            self._keep_available(available)

    def _allocate(self, mac, client_ip):
        mac = str(mac)
        with self._locked():
            (leases, available) = (self._leases(), self._available())
            self._take_back_expired(leases, available)
            if mac in leases:
                ip = leases[mac][0]
                if client_ip and client_ip != ip:
                    self._logger.warning("%s has %s and wants %s: refused", mac, ip, client_ip)
                    return None
            else:
                if not available:
                    self._logger.warning("No address is left for %s", mac)
                    return None
                if client_ip:
                    if str(client_ip) not in available:
                        self._logger.warning("%s wants %s, which is not free: refused", mac, client_ip)
                        return None
                    ip = str(client_ip)
                    available.remove(ip)
                else:
                    ip = available.pop(0)
                self._keep_available(available)
            self._redis.hset(
                self._lease_key, mac, json.dumps({'ip': ip, 'expiration': time.time() + self._lease_time}),
            )
        return self._definition(ip)

    def _reclaim(self, mac, client_ip):
        mac = str(mac)
        with self._locked():
            lease = self._redis.hget(self._lease_key, mac)
            if not lease or json.loads(lease)['ip'] != str(client_ip):
                return None
            self._redis.hdel(self._lease_key, mac)
            self._keep_available(self._available() + [str(client_ip)])
        self._logger.info("%s has given %s back", mac, client_ip)
        return self._definition(client_ip)

    def _rows(self):
        rows = sorted((IPv4(ip), mac, expiration) for (mac, (ip, expiration)) in self._leases().items())
        for (ip, mac, expiration) in rows:
            yield (str(ip), mac, time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(expiration)))
        for ip in sorted(IPv4(ip) for ip in self._available()):
            yield (str(ip), '', '')

    def show_leases_csv(self, *args, **kwargs):
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerow(('ip', 'mac', 'expiration'))
        writer.writerows(self._rows())
        return ('text/csv', output.getvalue())

    def show_leases_xhtml(self, *args, **kwargs):
        return """<table class="element">
    <thead><tr><th>IP</th><th>MAC</th><th>Expiration</th></tr></thead>
    <tbody>{}</tbody>
</table>""".format("".join("<tr><td>{}</td><td>{}</td><td>{}</td></tr>".format(*row) for row in self._rows()))
