"""Ends its process when imported, as a broken native package does."""

import os

os.abort()
