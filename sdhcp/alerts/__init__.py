"""Alerts: troubles told to people by mail or to a program by a webhook, few for each, whatever comes in."""
