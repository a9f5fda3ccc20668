"""One machine, nothing to configure: a clone, a demo, a small company's office server behind no proxy."""

from config.settings.base import *  # noqa: F403  a settings module is its names
from config.settings.base import env

# Off unless asked for: `make demo` and `make serve` show real-shaped pay, and a debug page prints every variable of
# the frame it failed in, amounts and names included. Set DEBUG=true while writing code.
DEBUG = env.bool("DEBUG", default=False)

# Static files are read from the packages that own them, so a clone can be served without a collectstatic step and
# without a second copy that can be stale. Production collects, compresses and hashes instead.
WHITENOISE_USE_FINDERS = True
