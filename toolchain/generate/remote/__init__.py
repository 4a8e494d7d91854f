"""Generators behind an API: one client, one ledger of what was paid for, one module a service."""
