# -*- encoding: utf-8 -*-
"""
A database that asks a web service for each client.

In conf.py:

    import staticDHCPd_extensions.httpdb as httpdb
    DATABASE_ENGINE = httpdb.HTTPDatabase  # or HTTPCachingDatabase
    X_HTTPDB_URI = 'http://inventory.example.org/lookup'
"""
import json
import logging
import urllib.parse
import urllib.request

from staticdhcpdlib.databases.generic import CachingDatabase, Database, Definition

_logger = logging.getLogger('extension.httpdb')


def _definition(found, defaults):
    return Definition(
        ip=found['ip'],
        lease_time=found.get('lease_time') or defaults['lease_time'],
        subnet=found['subnet'],
        serial=found.get('serial') or defaults['serial'],
        hostname=found.get('hostname'),
        gateways=found.get('gateway'),
        subnet_mask=found.get('subnet_mask'),
        broadcast_address=found.get('broadcast_address'),
        domain_name=found.get('domain_name'),
        domain_name_servers=found.get('domain_name_servers') or defaults['name_servers'],
        ntp_servers=found.get('ntp_servers'),
        extra=found.get('extra'),
    )


class _HTTPLogic(object):
    def __init__(self):
        from staticdhcpdlib import config

        self._uri = config.X_HTTPDB_URI
        self._headers = dict(getattr(config, 'X_HTTPDB_HEADERS', {}))
        self._parameters = dict(getattr(config, 'X_HTTPDB_PARAMETERS', {}))
        self._key = getattr(config, 'X_HTTPDB_PARAMETER_KEY_MAC', 'mac')
        self._post = getattr(config, 'X_HTTPDB_POST', True)
        self._defaults = {
            'name_servers': getattr(config, 'X_HTTPDB_DEFAULT_NAME_SERVERS', ''),
            'lease_time': getattr(config, 'X_HTTPDB_DEFAULT_LEASE_TIME', 0),
            'serial': getattr(config, 'X_HTTPDB_DEFAULT_SERIAL', 0),
        }

    def _request(self, mac):
        parameters = dict(self._parameters)
        parameters[self._key] = str(mac)
        headers = dict(self._headers)
        if self._post:
            headers['Content-Type'] = 'application/json'
            return urllib.request.Request(self._uri, json.dumps(parameters).encode('utf-8'), headers)
        query = urllib.parse.urlencode(parameters, doseq=True)
        return urllib.request.Request('{}?{}'.format(self._uri, query), None, headers)

    def _lookupMAC(self, mac):
        request = self._request(mac)
        try:
            response = urllib.request.urlopen(request)
            try:
                found = json.loads(response.read().decode('utf-8'))
            finally:
                response.close()
            if not found:
                _logger.debug("Unknown MAC: %s", mac)
                return None
            if isinstance(found, list):
                return [_definition(one, self._defaults) for one in found]
            return _definition(found, self._defaults)
        except Exception as e:
            _logger.error("Unable to look up %s at '%s': %s", mac, self._uri, e)
            raise


class HTTPDatabase(Database, _HTTPLogic):
    def __init__(self):
        _HTTPLogic.__init__(self)

    def lookupMAC(self, mac):
        return self._lookupMAC(mac)


class HTTPCachingDatabase(CachingDatabase, _HTTPLogic):
    def __init__(self):
        from staticdhcpdlib import config

        if hasattr(config, 'X_HTTPDB_CONCURRENCY_LIMIT'):
            CachingDatabase.__init__(self, concurrency_limit=config.X_HTTPDB_CONCURRENCY_LIMIT)
        else:
            CachingDatabase.__init__(self)
        _HTTPLogic.__init__(self)
