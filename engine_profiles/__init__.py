"""What each engine wants, as TOML, and the schema that reads it. Imports nothing else of ours.

`load("unity")` or `load("studio/unity.toml")` gives a frozen :class:`Profile`.
"""

from engine_profiles.load import BUILT_IN, load, resolved, template
from engine_profiles.schema import Profile
from engine_profiles.typed import SettingsError

__all__ = ["BUILT_IN", "Profile", "SettingsError", "load", "resolved", "template"]
