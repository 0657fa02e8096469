# -*- coding: utf-8 -*-
DHCP_SERVER_IP = "ÿþ"
