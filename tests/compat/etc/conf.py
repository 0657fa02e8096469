# -*- encoding: utf-8 -*-
# The configuration of a site: printers and telephones are in dhcp.ini, everybody else is a guest.
import os

import staticDHCPd_extensions.dynamism as dynamism

_HERE = os.path.dirname(os.path.abspath(__file__))

#==============================================================================
# General

DEBUG = False
DAEMON = False
SYSTEM_NAME = 'example.org "office"'
PID_FILE = None
UID = 0
GID = 0

#==============================================================================
# Network

DHCP_SERVER_IP = '192.168.1.1'
DHCP_SERVER_PORT = 67
DHCP_CLIENT_PORT = 68
PXE_PORT = None

#==============================================================================
# Clients

DATABASE_ENGINE = 'INI'
INI_FILE = os.path.join(_HERE, 'dhcp.ini')
USE_CACHE = False
CASE_INSENSITIVE_MACS = True

ALLOW_LOCAL_DHCP = True
ALLOW_DHCP_RELAYS = False
ALLOWED_DHCP_RELAYS = []
ENABLE_RAPIDCOMMIT = True
AUTHORITATIVE = True
NAK_RENEWALS = False
UNAUTHORIZED_CLIENT_TIMEOUT = 60
MISBEHAVING_CLIENT_TIMEOUT = 150
ENABLE_SUSPEND = True
SUSPEND_THRESHOLD = 20

#==============================================================================
# Logging, web, mail

LOG_FILE = None
LOG_CONSOLE_SEVERITY = 'DEBUG'

WEB_ENABLED = True
WEB_IP = '127.0.0.1'
WEB_PORT = 30880
WEB_LOG_HISTORY = 200
WEB_LOG_SEVERITY = 'INFO'
WEB_REINITIALISE_CONFIRM = True

EMAIL_ENABLED = False

#==============================================================================
# What is this site's own

X_OFFICE_TFTP = '192.168.1.2'
X_OFFICE_TIMES = ('192.168.1.3', '192.168.1.4')

guests = None
ticks = 0
answered = {}


def _tick():
    global ticks
    ticks += 1
    if ticks == 1:
        writeLog("The first second has passed")


def _count(statistics):
    if statistics.processed:
        answered[statistics.method] = answered.get(statistics.method, 0) + 1


def _reread():
    told = ', '.join('{} {}'.format(answered[method], method) for method in sorted(answered))
    logger.info('Everything is read again; so far: {}'.format(told or 'nothing'))


def init():
    global guests
    guests = dynamism.DynamicPool(
        'guests', 0, 600, 'guest', subnet_mask='255.255.255.0', gateway='192.168.1.254',
        broadcast_address='192.168.1.255', domain_name='guests.example.org',
        domain_name_servers='192.168.1.5,192.168.1.6',
    )
    guests.add_ips(['192.168.1.{}'.format(i) for i in range(200, 210)], arp_addresses=False)
    callbacks.webAddMethod(
        '/guests', guests.show_leases_xhtml, hidden=False, module='guests', name='leases',
        display_mode=callbacks.WEB_METHOD_TEMPLATE,
    )
    callbacks.webAddMethod(
        '/guests.csv', guests.show_leases_csv, hidden=False, module='guests', name='leases (csv)',
        display_mode=callbacks.WEB_METHOD_RAW,
    )

    with extensions.recent_activity as x:
        x.MAX_EVENTS = 5
        x.DASHBOARD_ORDERING = 10
    import staticDHCPd_extensions.recent_activity

    with extensions.statistics as x:
        x.QUANTISATION_INTERVAL = 60
        x.AVERAGES_WINDOWS = [0, 1, 5]
    import staticDHCPd_extensions.statistics

    with extensions.feedservice as x:
        x.LOGGING_LEVEL = 'WARNING'
    import staticDHCPd_extensions.feedservice

    callbacks.systemAddTickHandler(_tick)
    callbacks.systemAddReinitHandler(_reread)
    callbacks.statsAddHandler(_count)


def filterPacket(packet, method, mac, client_ip, relay_ip, port):
    vendor = packet.getOption('vendor_class_identifier', convert=True)
    if vendor and vendor.startswith(b'acme-camera'):
        logger.debug('{} is a camera: not served here'.format(mac))
        return False
    if vendor == b'rogue':
        return None
    packet.meta['phone'] = bool(vendor) and vendor.startswith(b'acme-phone')
    return True


def handleUnknownMAC(packet, method, mac, client_ip, relay_ip, port):
    return guests.handle(method, packet, mac, client_ip)


def loadDHCPPacket(packet, method, mac, definition, relay_ip, port, source_packet):
    if definition.subnet == 'guests':
        packet.setOption('ntp_servers', X_OFFICE_TIMES)
        return True

    if definition.hostname == 'retired':
        return False

    packet.setOption(42, ','.join(X_OFFICE_TIMES))
    packet.setOption('domain_search', rfc3397_119('office.example.org,example.org'))
    packet.setOption(121, rfc3442_121([(('10.0.0.0', 8), '192.168.1.253')]))
    if packet.meta['phone']:
        # The telephones do not ask for what they need.
        packet.setOption('tftp_server_name', X_OFFICE_TFTP, force_selection=True)
        packet.setOption(67, 'phones/{}.cfg'.format(str(mac).replace(':', '')), force_selection=True)
        packet.setOption('siaddr', ipToList(X_OFFICE_TFTP))
    if method == 'REQUEST:SELECTING':
        writeLog('{} is {} at {}, from {}'.format(
            mac, definition.hostname, definition.ip, source_packet.getDHCPMessageTypeName(),
        ))
    return True
