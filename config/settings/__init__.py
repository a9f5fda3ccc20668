"""Settings that work straight from a clone: `config.settings` is the local set.

`config.settings.production` and `config.settings.test` are chosen by name. Python imports this package before either
of them, so the local set is loaded only when it is the one asked for: choosing production must not write the local
secret key.
"""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings") == "config.settings":
    from config.settings.local import *  # noqa: F403  a settings module is its names
