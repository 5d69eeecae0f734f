"""The page of a guest."""

import httpx

BOOT = "0b3f1a2e-5f0c-4a51-9f2f-3f1c7a2d9e11"
REAL_CLIENT = httpx.AsyncClient


def page(guest: str = "web", *, code: int = 200, text: str | None = None) -> httpx.Response:
    """Return the answer of the guest's nginx (fixtures/images/guest/overlay/sbin/init)."""
    text = f"guest={guest}\nboot={BOOT}\n" if text is None else text
    return httpx.Response(code, headers={"X-Guest": guest}, text=text)
