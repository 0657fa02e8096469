# -*- encoding: utf-8 -*-
"""
Shows which clients asked last, on the dashboard or on a page of its own.

To be configured and imported in conf.py's init():

    with extensions.recent_activity as x:
        x.MAX_EVENTS = 20
    import staticDHCPd_extensions.recent_activity
"""
import collections
import logging
import threading
import time

import staticdhcpdlib.config
from staticdhcpdlib.web.functions import sanitise

_config = staticdhcpdlib.config.conf.extensions.recent_activity.extension_config_merge(
    defaults={
        'MAX_EVENTS': 10,  # None for all
        'MAX_AGE': 60 * 5,  # seconds
        'CLEAR_ON_REINIT': True,
        'DISPLAY_IN_DASHBOARD': True,
        'DASHBOARD_ORDERING': None,
        'METHOD_PATH': '/ca/uguu/puukusoft/staticDHCPd/extension/recent-activity/render',
        'MODULE': 'recent activity',
        'NAME': 'dhcp',
    },
    required=[],
)

_logger = logging.getLogger('extension.recent_activity')

_Event = collections.namedtuple('_Event', ('time', 'mac', 'method', 'ip', 'subnet', 'serial', 'port'))

_lock = threading.Lock()
_events = collections.OrderedDict()  # mac -> event, the newest last


def _forget_old():
    oldest = time.time() - _config['MAX_AGE']
    while _events:
        mac = next(iter(_events))
        too_many = _config['MAX_EVENTS'] is not None and len(_events) > _config['MAX_EVENTS']
        if not too_many and _events[mac].time >= oldest:
            break
        del _events[mac]


def _stats_handler(statistics):
    event = _Event(
        time.time(), str(statistics.mac), statistics.method, statistics.ip, statistics.subnet, statistics.serial,
        statistics.port,
    )
    with _lock:
        _events.pop(event.mac, None)
        _events[event.mac] = event
        _forget_old()


def _clear():
    with _lock:
        _events.clear()
    _logger.info("Recent activity is forgotten")


def _cell(value):
    return sanitise(str(value)) if value is not None else '-'


def _render(path, queryargs, mimetype, data, headers):
    with _lock:
        _forget_old()
        events = list(reversed(_events.values()))
    if not events:
        return "No activity in the last {} seconds".format(_config['MAX_AGE'])
    rows = []
    for event in events:
        rows.append("<tr>{}</tr>".format("".join("<td>{}</td>".format(_cell(value)) for value in (
            event.method, event.port, event.mac, event.ip, event.subnet, event.serial,
            time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(event.time)),
        ))))
    return """<table class="element">
    <thead><tr>
        <th>Event</th><th>Port</th><th>MAC</th><th>IP</th><th>Subnet</th><th>Serial</th><th>Time</th>
    </tr></thead>
    <tfoot><tr><td colspan="7">{} within {} seconds</td></tr></tfoot>
    <tbody>{}</tbody>
</table>""".format(len(rows), _config['MAX_AGE'], "\n".join(rows))


_callbacks = staticdhcpdlib.config.callbacks
_callbacks.statsAddHandler(_stats_handler)
if _config['CLEAR_ON_REINIT']:
    _callbacks.systemAddReinitHandler(_clear)
if _config['DISPLAY_IN_DASHBOARD']:
    _callbacks.webAddDashboard(_config['MODULE'], _config['NAME'], _render, ordering=_config['DASHBOARD_ORDERING'])
else:
    _callbacks.webAddMethod(
        _config['METHOD_PATH'], _render, hidden=False, module=_config['MODULE'], name=_config['NAME'],
        display_mode=_callbacks.WEB_METHOD_TEMPLATE,
    )
