# -*- encoding: utf-8 -*-
"""
Offers what was logged as an Atom feed, with a page for each record.

To be configured and imported in conf.py's init():

    with extensions.feedservice as x:
        x.SERVER_BASE = 'http://dhcp.example.org:30880'
    import staticDHCPd_extensions.feedservice
"""
import collections
import datetime
import logging
import threading
import time
import uuid
import xml.etree.ElementTree as ET

import staticdhcpdlib.config as config
from staticdhcpdlib.web.functions import sanitise

_ATOM = 'http://www.w3.org/2005/Atom'

_CONFIG = config.conf.extensions.feedservice.extension_config_merge(
    defaults={
        'SERVER_BASE': 'http://{}:{}'.format(
            config.WEB_IP if config.WEB_IP not in (None, '', '0.0.0.0') else 'localhost', config.WEB_PORT,
        ),
        'LOGGING_LEVEL': 'ERROR',
        'MAX_EVENTS_FEED': 10,
        'MAX_EVENTS_TOTAL': 100,
        'MAX_AGE': 60 * 60 * 24,
        'CLEAR_ON_REINIT': True,
        'FEED_TITLE': config.SYSTEM_NAME,
        'PATH_RECORD': '/ca/uguu/puukusoft/staticDHCPd/extension/feedservice/record',
        'PATH_ATOM': '/ca/uguu/puukusoft/staticDHCPd/extension/feedservice/atom',  # None for no feed
        'ADVERTISE': True,
        'FEED_ID': '4a9e2c0e-6a53-4d5b-9a07-2d1f6f3c8b11',
    },
    required=[],
)

_logger = logging.getLogger('extension.feedservice')

_Record = collections.namedtuple('_Record', ('uid', 'time', 'level', 'title', 'text'))


class _FeedHandler(logging.Handler):
    """Keeps what was logged last."""

    def __init__(self):
        logging.Handler.__init__(self)
        self._kept_lock = threading.Lock()
        self._kept = collections.deque(maxlen=_CONFIG['MAX_EVENTS_TOTAL'])

    def emit(self, record):
        text = self.format(record)
        kept = _Record(str(uuid.uuid4()), record.created, record.levelname, text.splitlines()[0][:120], text)
        with self._kept_lock:
            self._kept.appendleft(kept)

    def records(self):
        oldest = time.time() - _CONFIG['MAX_AGE']
        with self._kept_lock:
            while self._kept and self._kept[-1].time < oldest:
                self._kept.pop()
            return list(self._kept)

    def find(self, uid):
        for record in self.records():
            if record.uid == uid:
                return record
        return None

    def clear(self):
        with self._kept_lock:
            self._kept.clear()


_handler = _FeedHandler()
_handler.setLevel(getattr(logging, _CONFIG['LOGGING_LEVEL']))
_handler.setFormatter(logging.Formatter("%(asctime)s : %(levelname)s : %(name)s : %(message)s"))
logging.root.addHandler(_handler)


def _iso(moment):
    return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def _render_record(path, queryargs, mimetype, data, headers):
    uid = queryargs.get('uid')
    record = _handler.find(uid[0]) if uid else None
    if record is None:
        return '<span class="error">There is no such record; it may have expired</span>'
    return '<div class="record">{} {}<br/><pre>{}</pre></div>'.format(
        _iso(record.time), record.level, sanitise(record.text),
    )


def _render_atom(path, queryargs, mimetype, data, headers):
    records = _handler.records()[:_CONFIG['MAX_EVENTS_FEED']]
    feed = ET.Element('feed', {'xmlns': _ATOM})
    ET.SubElement(feed, 'title').text = _CONFIG['FEED_TITLE']
    ET.SubElement(feed, 'id').text = 'urn:uuid:' + _CONFIG['FEED_ID']
    ET.SubElement(feed, 'link', {'rel': 'self', 'href': _CONFIG['SERVER_BASE'] + path})
    ET.SubElement(feed, 'updated').text = _iso(records[0].time if records else time.time())
    author = ET.SubElement(feed, 'author')
    ET.SubElement(author, 'name').text = config.SYSTEM_NAME
    for record in records:
        entry = ET.SubElement(feed, 'entry')
        ET.SubElement(entry, 'title').text = '{}: {}'.format(record.level, record.title)
        ET.SubElement(entry, 'id').text = 'urn:uuid:' + record.uid
        ET.SubElement(entry, 'updated').text = _iso(record.time)
        ET.SubElement(entry, 'link', {
            'href': '{}{}?uid={}'.format(_CONFIG['SERVER_BASE'], _CONFIG['PATH_RECORD'], record.uid),
        })
        ET.SubElement(entry, 'summary').text = record.text
    return ('application/atom+xml', ET.tostring(feed, encoding='utf-8'))


def _advertise(path, queryargs, mimetype, data, headers):
    return '<link href="{}" type="application/atom+xml" rel="alternate" title="{}"/>'.format(
        _CONFIG['PATH_ATOM'], sanitise(_CONFIG['FEED_TITLE']),
    )


if _CONFIG['CLEAR_ON_REINIT']:
    config.callbacks.systemAddReinitHandler(_handler.clear)
config.callbacks.webAddMethod(
    _CONFIG['PATH_RECORD'], _render_record, display_mode=config.callbacks.WEB_METHOD_TEMPLATE,
)
if _CONFIG['PATH_ATOM']:
    config.callbacks.webAddMethod(_CONFIG['PATH_ATOM'], _render_atom, display_mode=config.callbacks.WEB_METHOD_RAW)
    if _CONFIG['ADVERTISE']:
        config.callbacks.webAddHeader(_advertise)
