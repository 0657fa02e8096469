# -*- encoding: utf-8 -*-
"""
Counts packets by the kind of exchange, and shows them in tables and as a graph.

To be configured and imported in conf.py's init():

    with extensions.statistics as x:
        x.RETENTION_COUNT = 288
    import staticDHCPd_extensions.statistics
"""
import collections
import csv
import io
import json
import logging
import threading
import time

import staticdhcpdlib.dhcp
from staticdhcpdlib import config

_PREFIX = '/ca/uguu/puukusoft/staticDHCPd/extension/stats/'

_CONFIG = config.conf.extensions.statistics.extension_config_merge(
    defaults={
        'MODULE': 'statistics',

        'LIFETIME_STATS_ENABLED': True,
        'LIFETIME_STATS_DISPLAY': True,
        'LIFETIME_STATS_ORDERING': None,
        'LIFETIME_STATS_PATH': _PREFIX + 'lifetime',
        'LIFETIME_STATS_NAME': 'lifetime',

        'AVERAGES_ENABLED': True,
        'AVERAGES_DISPLAY': True,
        'AVERAGES_WINDOWS': [0, 1, 2, 3, 12, 72, 288],
        'AVERAGES_ORDERING': None,
        'AVERAGES_PATH': _PREFIX + 'averages',
        'AVERAGES_NAME': 'averages',

        'GRAPH_ENABLED': True,
        'GRAPH_ORDERING': None,
        'GRAPH_RENDER_DIMENSIONS': (1536, 320),
        'GRAPH_NAME': 'packets per second',
        'GRAPH_INCLUDE_METHOD_LINES': True,
        'GRAPH_INCLUDE_METHOD_DISCARDED_LINES': True,
        'GRAPH_CSV_PATH': _PREFIX + 'graph.csv',
        'GRAPH_CSV_NAME': 'graph (csv)',
        'GRAPH_JSON_PATH': _PREFIX + 'graph.json',
        'GRAPH_JSON_NAME': 'graph (json)',

        'QUANTISATION_INTERVAL': 60 * 5,
        'RETENTION_COUNT': 288 * 2,
    },
    required=[],
)

_logger = logging.getLogger('extension.statistics')

# Whatever kinds of exchange the engine knows.
_METHODS = sorted(
    getattr(staticdhcpdlib.dhcp, name) for name in dir(staticdhcpdlib.dhcp) if name.startswith('_PACKET_TYPE_')
)

_SCRIPTS = (
    'https://cdn.jsdelivr.net/npm/moment@2.29.4/moment.min.js',
    'https://cdn.jsdelivr.net/npm/chart.js@3.9.1/dist/chart.min.js',
    'https://cdn.jsdelivr.net/npm/chartjs-adapter-moment@1.0.1/dist/chartjs-adapter-moment.min.js',
)


class _Counts(object):
    def __init__(self):
        self.methods = dict.fromkeys(_METHODS, 0)
        self.discarded = dict.fromkeys(_METHODS, 0)
        self.other = 0
        self.processing_time = 0.0

    def add(self, statistics):
        if statistics.method is None:
            self.other += 1
        elif statistics.processed:
            self.methods[statistics.method] += 1
        else:
            self.discarded[statistics.method] += 1
        self.processing_time += statistics.processing_time

    def merge(self, other):
        for method in _METHODS:
            self.methods[method] += other.methods[method]
            self.discarded[method] += other.discarded[method]
        self.other += other.other
        self.processing_time += other.processing_time

    @property
    def total(self):
        return sum(self.methods.values()) + sum(self.discarded.values()) + self.other

    def rows(self, seconds=None):
        """One row for each kind: name, answered, discarded; per second if a number of seconds is given."""
        def told(count):
            return "{:.4f}".format(count / float(seconds)) if seconds else str(count)
        for method in _METHODS:
            yield (method, told(self.methods[method]), told(self.discarded[method]))
        yield ('other packets', '-', told(self.other))


class _Frames(object):
    """A ring of counts, one for each interval."""

    def __init__(self):
        self._lock = threading.Lock()
        self._frames = collections.deque(maxlen=_CONFIG['RETENTION_COUNT'])
        self.lifetime = _Counts()

    def _forward(self):
        interval = _CONFIG['QUANTISATION_INTERVAL']
        now = int(time.time()) // interval * interval
        if not self._frames:
            self._frames.append((now, _Counts()))
        missed = min((now - self._frames[-1][0]) // interval, _CONFIG['RETENTION_COUNT'])
        for age in range(missed - 1, -1, -1):
            self._frames.append((now - age * interval, _Counts()))

    def write(self, statistics):
        with self._lock:
            self._forward()
            self._frames[-1][1].add(statistics)
            self.lifetime.add(statistics)

    def read(self):
        """All frames, the oldest first."""
        with self._lock:
            self._forward()
            return list(self._frames)


_frames = _Frames()


def _table(head, rows, foot):
    return '<table class="element"><thead><tr>{}</tr></thead><tfoot><tr><td colspan="{}">{}</td></tr></tfoot>' \
        '<tbody>{}</tbody></table>'.format(
            "".join("<th>%s</th>" % cell for cell in head), len(head), foot,
            "".join("<tr>%s</tr>" % "".join("<td>%s</td>" % cell for cell in row) for row in rows),
        )


def _render_lifetime(*args, **kwargs):
    counts = _frames.lifetime
    total = counts.total
    average = counts.processing_time / total if total else 0.0
    return _table(
        ('Method', 'Answered', 'Discarded'), counts.rows(),
        "{} packets, {:.4f} seconds on average".format(total, average),
    )


def _render_averages(*args, **kwargs):
    frames = _frames.read()
    interval = _CONFIG['QUANTISATION_INTERVAL']
    elements = []
    for window in _CONFIG['AVERAGES_WINDOWS']:
        if window:
            seen = frames[-window - 1:-1]
            seconds = len(seen) * interval
        else:  # the one that is running
            seen = frames[-1:]
            seconds = max(1, int(time.time()) - seen[0][0])
        if not seconds or len(seen) < window:
            continue
        counts = _Counts()
        for (_, frame) in seen:
            counts.merge(frame)
        elements.append(_table(
            ('Method', 'Answered/s', 'Discarded/s'), counts.rows(seconds), "{} seconds".format(seconds),
        ))
    return "".join(elements)


def _render_csv(path, queryargs, mimetype, data, headers):
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(
        ['time'] + _METHODS + [method + ' discarded' for method in _METHODS] + ['other packets', 'processing time']
    )
    for (when, counts) in reversed(_frames.read()):
        writer.writerow(
            [time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(when))] +
            [counts.methods[method] for method in _METHODS] +
            [counts.discarded[method] for method in _METHODS] +
            [counts.other, counts.processing_time]
        )
    return ('text/csv', output.getvalue())


def _render_json(path, queryargs, mimetype, data, headers):
    return ('application/json', json.dumps([
        {
            'time': when,
            'other_packets': counts.other,
            'processing_time': counts.processing_time,
            'methods': counts.methods,
            'methods_discarded': counts.discarded,
        } for (when, counts) in _frames.read()
    ]))


def _header(path, queryargs, mimetype, data, headers):
    if path != '/':
        return None
    return "".join('<script type="text/javascript" src="{}"></script>'.format(script) for script in _SCRIPTS)


def _render_graph(*args, **kwargs):
    interval = float(_CONFIG['QUANTISATION_INTERVAL'])
    frames = _frames.read()

    def line(label, values):
        return {'label': label, 'data': [
            {'x': when * 1000, 'y': value / interval} for ((when, _), value) in zip(frames, values)
        ]}

    lines = [line('all packets', [counts.total for (_, counts) in frames])]
    for method in _METHODS:
        if _CONFIG['GRAPH_INCLUDE_METHOD_LINES']:
            lines.append(line(method, [counts.methods[method] for (_, counts) in frames]))
        if _CONFIG['GRAPH_INCLUDE_METHOD_DISCARDED_LINES']:
            lines.append(line(method + ' discarded', [counts.discarded[method] for (_, counts) in frames]))
    (width, height) = _CONFIG['GRAPH_RENDER_DIMENSIONS']
    return """<canvas id="statistics-graph" width="{}" height="{}"></canvas>
<script type="text/javascript">//<![CDATA[
new Chart(document.getElementById('statistics-graph'), {{
    type: 'line', data: {{datasets: {}}}, options: {{scales: {{x: {{type: 'time'}}}}}}
}});
//]]></script>""".format(width, height, json.dumps(lines))


def _add(kind, render):
    """An element of the dashboard, or a page of its own."""
    if not _CONFIG[kind + '_ENABLED']:
        return
    name = _CONFIG[kind + '_NAME']
    if _CONFIG[kind + '_DISPLAY']:
        config.callbacks.webAddDashboard(_CONFIG['MODULE'], name, render, _CONFIG[kind + '_ORDERING'])
    else:
        config.callbacks.webAddMethod(
            _CONFIG[kind + '_PATH'], render, hidden=False, module=_CONFIG['MODULE'], name=name,
            display_mode=config.callbacks.WEB_METHOD_TEMPLATE,
        )


config.callbacks.statsAddHandler(_frames.write)
if _CONFIG['GRAPH_ENABLED']:
    config.callbacks.webAddHeader(_header)
    config.callbacks.webAddDashboard(
        _CONFIG['MODULE'], _CONFIG['GRAPH_NAME'], _render_graph, ordering=_CONFIG['GRAPH_ORDERING'],
    )
    for (_kind, _render) in (('GRAPH_CSV', _render_csv), ('GRAPH_JSON', _render_json)):
        config.callbacks.webAddMethod(
            _CONFIG[_kind + '_PATH'], _render, cacheable=False, hidden=False, secure=False,
            module=_CONFIG['MODULE'], name=_CONFIG[_kind + '_NAME'],
            display_mode=config.callbacks.WEB_METHOD_RAW,
        )
_add('AVERAGES', _render_averages)
_add('LIFETIME_STATS', _render_lifetime)
_logger.info("Counting %i kinds of exchange", len(_METHODS))
