"""Behind TLS, on a server: everything base has, plus what only makes sense there.

DJANGO_SETTINGS_MODULE=config.settings.production. Required: SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL. Run
`manage.py collectstatic` at each release and `manage.py check --deploy` before it.
"""

from config.settings.base import *  # noqa: F403  a settings module is its names
from config.settings.base import JIXIN_VAR, STORAGES, env

DEBUG = False

# Several processes on several machines must share one key and one database, so neither has a default here.
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former keys, while a rotation is under way
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
env.str("DATABASE_URL")  # raises if it is missing: payroll never falls back to a file by accident

# TLS. Only a proxy that always sets or strips X-Forwarded-Proto may be trusted with it, hence a switch.
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # whoever watches asks over plain HTTP
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Collected once per release: compressed, and named by content so that browsers may keep them.
STATIC_ROOT = JIXIN_VAR / "static"
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
