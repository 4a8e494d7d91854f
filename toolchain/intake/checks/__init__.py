"""Is the picture fit to build from? Figures measured on each view, and a table of limits to judge them by."""

from toolchain.intake.checks.agree import check_views
from toolchain.intake.checks.limits import LIMITS, Limit, judge
from toolchain.intake.checks.picture import measure

__all__ = ["LIMITS", "Limit", "check_views", "judge", "measure"]
