"""What every environment shares. All of it comes from environment variables, each with a default that needs nothing.

DATABASE_URL, BROKER_URL, EMAIL_URL, MAIL_FROM, SECRET_KEY, DEBUG, ALLOWED_HOSTS, LANGUAGE_CODE, JIXIN_VAR; a `.env`
file beside manage.py is read if there is one, and the real environment wins over it.
"""

from ipaddress import ip_network

import environ
from celery.schedules import crontab

from config.environment import BASE_DIR, database, path_of, private_directory, secret_key

environ.Env.read_env(str(BASE_DIR / ".env"))
env = environ.Env()

# Everything the product writes: database, key, messages, logs, generated files.
JIXIN_VAR = path_of(env.str("JIXIN_VAR", default=""), default=BASE_DIR / "var")

SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key(JIXIN_VAR / "secret_key")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

INSTALLED_APPS = [
    "grading.jobs.apps.JobsConfig",
    "grading.apps.GradingConfig",
    "payroll.apps.PayrollConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "config.metrics.RequestMetricsMiddleware",  # first: what the others answer by themselves counts too
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.PrivacyHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.idempotency.IdempotencyMiddleware",  # last: needs user and messages; a short transaction
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------------------------

_database_url = env.str("DATABASE_URL", default="")
if not _database_url:
    private_directory(JIXIN_VAR)
    _database_url = f"sqlite:///{JIXIN_VAR / 'jixin.sqlite3'}"
DATABASES = {"default": database(_database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STORAGES = {
    # In the database, where every machine finds them; never served by URL: a view checks who asks.
    "default": {"BACKEND": "grading.jobs.files.DatabaseStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="zh-hans")
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]  # one catalogue for both apps
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # a pay day is a calendar day there, wherever the server stands

# --- People and sessions --------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["grading.web.backends.OpenLoginBackend"]  # closed to leavers, also in a running session
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_COOKIE_AGE = 8 * 3600  # a working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # shared office computers
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # forms carry the token; no script needs the cookie
CSRF_COOKIE_SAMESITE = "Lax"

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# --- Mail -----------------------------------------------------------------------------------------------------------
# Only one-time links are ever mailed. Without EMAIL_URL they are printed, and no page offers anything else.

MAIL_IS_OFFERED = bool(env.str("EMAIL_URL", default=""))
if MAIL_IS_OFFERED:
    vars().update(env.email_url("EMAIL_URL"))
    DEFAULT_FROM_EMAIL = env.str("MAIL_FROM")
EMAIL_TIMEOUT = 10  # somebody waits for the answer page

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    # Denied unless a view says otherwise; the session is the only way in, so there is no second door to guard.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "payroll.api.errors.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,  # an amount as a JSON number is a float somewhere
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "绩薪 Jixin",
    "DESCRIPTION": "Grading and pay of customer-service agents. Amounts are strings, in yuan.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {"RunKindEnum": "payroll.models.PayRun.Kind"},  # lines have kinds of their own
}

# --- Background work ------------------------------------------------------------------------------------------------
# A message says "look at this run" and nothing more; what is to be done, and what is done, are rows with leases in the
# database. So any message may be lost or come twice: `jobs.sweep` finds the rest. The settings below make that rare.

EMBEDDED_BROKER = "embedded://"  # config/broker.py: files under JIXIN_VAR, nothing to install or start
CELERY_BROKER_URL = env.str("BROKER_URL", default="") or f"{EMBEDDED_BROKER}localhost//"

# A task is a few seconds of work. One that runs this long is stuck: it is stopped, and its lease runs out. (The solo
# pool of the embedded workers cannot stop a task; there the lease alone lets another worker take over.)
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
# Redis hands a message to a second worker after this long without an answer, even if the first still works on it. It
# must exceed the longest task, with room; all applications on one Redis must agree on it, the shortest wins.
_VISIBILITY_TIMEOUT = 5 * CELERY_TASK_TIME_LIMIT

CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
if CELERY_BROKER_URL.startswith(EMBEDDED_BROKER):
    # Kombu's own pace is one look a second, which would be two tasks a second.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"directory": str(JIXIN_VAR / "broker"), "polling_interval": 0.1}
elif CELERY_BROKER_URL.startswith(("redis", "rediss", "sentinel")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": _VISIBILITY_TIMEOUT,
        "unacked_restore_throttle": 1,  # look for unanswered messages every 10 s instead of every 100 s
    }
elif CELERY_BROKER_URL.startswith(("amqp", "pyamqp")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}  # else a full or dying broker swallows it silently

# Only JSON: a pickled message is a program, and whoever can write to the broker could run it.
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Answer the broker when the work is done, not when it is taken: a worker that dies gives its message back …
CELERY_TASK_ACKS_LATE = True
# … also when only the child process died (out of memory, kill -9), which Celery otherwise counts as done.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Take one message at a time: those held by a dead worker stay invisible until the visibility timeout.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# On losing the broker, drop what is running: the broker will deliver it again, and the lease decides who goes on.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# A deployment's stop lets running tasks finish, and gives the others back, instead of cutting them off.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
# Worker and broker may start in any order.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Progress is counted from rows. Without a result backend there is no second copy of the truth, and no chord either,
# whose callback may come never or twice.
CELERY_TASK_IGNORE_RESULT = True
# A web request must not wait for a broker that is away: give up after a second, the sweeper publishes again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# Workers log through LOGGING below, like everything else.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE

CELERY_BEAT_SCHEDULE = {
    # Does nothing but finish: the time when one did last is what health is judged by (config/health.py).
    "jobs.canary": {"task": "jobs.canary", "schedule": 15.0, "options": {"expires": 60}},
    # Publishes again what is pending and takes back what has an expired lease. A sweep that nobody took in time is
    # of no use: the next one is there.
    "jobs.sweep": {"task": "jobs.sweep", "schedule": 15.0, "options": {"expires": 15}},
    # The QA sample of the day that has just ended, in Shanghai.
    "grading.qa_draw": {"task": "grading.qa_draw", "schedule": crontab(minute=20, hour=0)},
    # The daily QA report, when the day's work is done, in Shanghai.
    "grading.qa_report": {"task": "grading.qa_report", "schedule": crontab(minute=0, hour=21)},
}

# --- Being watched --------------------------------------------------------------------------------------------------

HEALTH_DISK_MB = env.int("HEALTH_DISK_MB", default=500)  # less free space than this at JIXIN_VAR is not ready
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_NETWORKS = [ip_network(each) for each in env.list("METRICS_NETWORKS", default=[])]

# --- Logs -----------------------------------------------------------------------------------------------------------
# One JSON object a line, to stderr; identifiers only, never an amount (config/log.py). SQL is not logged: it carries
# the values.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.log.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django's own handlers (console in DEBUG, mail to ADMINS with the request's data) give way to the root's.
        "django": {"handlers": [], "level": "INFO"},
        "django.db.backends": {"level": "WARNING"},
        # Scanners send made-up host names all day; they are refused, and a traceback for each hides what matters.
        "django.security.DisallowedHost": {"handlers": [], "level": "CRITICAL"},
        # "Task … succeeded in …" twice per task says nothing that the rows do not say; failures are logged above.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
