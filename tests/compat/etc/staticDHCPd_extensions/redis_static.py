# -*- encoding: utf-8 -*-
"""
A database over hashes in Redis: one for each MAC, and one with defaults for each '<subnet>|<serial>'.

In conf.py:

    import staticDHCPd_extensions.redis_static as redis_static
    DATABASE_ENGINE = redis_static.RedisDatabase  # or RedisCachingDatabase
    X_REDISDB_KWARGS = {'host': 'localhost', 'port': 6379, 'db': 0}
"""
import json
import logging

import redis

from staticdhcpdlib.databases.generic import CachingDatabase, Database, Definition

_logger = logging.getLogger('extension.redisdb')


class _RedisLogic(object):
    def __init__(self):
        from staticdhcpdlib import config

        self._redis = redis.Redis(decode_responses=True, **getattr(config, 'X_REDISDB_KWARGS', {}))

    def _lookupMAC(self, mac):
        own = self._redis.hgetall(str(mac))
        if not own:
            _logger.debug("Unknown MAC: %s", mac)
            return None
        shared = self._redis.hgetall("{subnet}|{serial}".format(**own))
        if not shared:
            _logger.debug("Nothing is known about %s|%s", own['subnet'], own['serial'])

        def first(key):
            return own.get(key) or shared.get(key)

        extra = json.loads(shared.get('extra') or '{}')
        extra.update(json.loads(own.get('extra') or '{}'))
        return Definition(
            own['ip'], first('lease_time'), own['subnet'], own['serial'],
            hostname=own.get('hostname'),
            gateways=first('gateway'),
            subnet_mask=first('subnet_mask'),
            broadcast_address=first('broadcast_address'),
            domain_name=first('domain_name'),
            domain_name_servers=first('domain_name_servers'),
            ntp_servers=first('ntp_servers'),
            extra=extra or None,
        )


class RedisDatabase(Database, _RedisLogic):
    def __init__(self):
        _RedisLogic.__init__(self)

    def lookupMAC(self, mac):
        return self._lookupMAC(mac)


class RedisCachingDatabase(CachingDatabase, _RedisLogic):
    def __init__(self):
        from staticdhcpdlib import config

        CachingDatabase.__init__(self, concurrency_limit=getattr(config, 'X_REDISDB_CONCURRENCY_LIMIT', 2147483647))
        _RedisLogic.__init__(self)
