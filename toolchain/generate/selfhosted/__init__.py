"""Generators on a server of the user's own: the remote client with another kind of host, and nothing to pay."""
