"""Settings for the test suite: nothing outside the process, fast, and the same database options as everywhere else."""

from config.environment import BASE_DIR, path_of
from config.settings.base import *  # noqa: F403  a settings module is its names
from config.settings.base import env

SECRET_KEY = "not-a-secret-tests-only"  # noqa: S105  signs nothing that leaves the test process

JIXIN_VAR = path_of(env.str("JIXIN_VAR", default=""), default=BASE_DIR / "var" / "test")

# In memory unless DATABASE_URL names a server: `DATABASE_URL=postgresql://… make test` runs the same tests there.
# A test that kills processes makes its own database file and starts `config.settings` in a subprocess.

# Messages go nowhere: tests call services, and the tests of the worker start real ones. Never always_eager, which
# hides every way a message can be lost or come twice.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}

# The default hasher is slow on purpose; hundreds of test users need not be.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Django's test runner keeps mails in memory. Tests of mailing switch this on.
MAIL_IS_OFFERED = False

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "[::1]"]
WHITENOISE_USE_FINDERS = True
