"""Headers that keep pay data in the browser window it was sent to. Decides nothing about who may see what."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

# Nothing from elsewhere, nothing inline: an injected script has nowhere to come from and nowhere to send to. The stock
# admin works under it; its only inline element is a <style> for browsers without scripts.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class PrivacyHeadersMiddleware:
    """Adds a content security policy, a permissions policy, and `no-store` to every page that says nothing else.

    Stands before WhiteNoise, so static files get the policies too; their caching is WhiteNoise's business.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_debug_page = settings.DEBUG and response.status_code in {404, 500}  # Django's own, which is all inline
        if not is_debug_page:
            response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if not response.has_header("Cache-Control"):
            # A payslip must not stay in a shared computer's cache after its reader has logged out.
            patch_cache_control(response, private=True, no_store=True)
        return response
