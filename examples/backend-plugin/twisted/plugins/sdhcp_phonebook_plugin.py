"""Makes DATABASE_ENGINE = "Phonebook" known to sdhcp."""

from sdhcp_phonebook import PhonebookFactory

phonebook = PhonebookFactory()
