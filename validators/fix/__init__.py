"""Safe fixes: what cannot change the look is mended, judged again and told. See :mod:`validators.fix.run`."""
