"""Whether an account may begin another job; pure."""

from math import ceil
from typing import Final

from shared.db.accounts import Standing
from shared.domain.limits import JobLimits
from shared.errors import PaymentRequired, RateLimited

ENDING_SECONDS: Final = 10.0
"""When an account has too many open jobs, one of them may have ended after this."""


def check_standing(standing: Standing, price_credits: int, limits: JobLimits) -> None:
    """Refuse what the account cannot pay for, or not yet begin.

    Raises:
        PaymentRequired: ``insufficient_credits`` with need and have.
        RateLimited: ``too_many_jobs`` with n, or ``rate_limited`` with s, in seconds.
    """
    have, open_jobs = standing.account.available_credits, standing.open_jobs
    if have < price_credits:
        raise PaymentRequired("insufficient_credits", need=price_credits, have=have)
    if limits.open_jobs is not None and open_jobs >= limits.open_jobs:
        raise RateLimited("too_many_jobs", retry_after_seconds=ENDING_SECONDS, n=open_jobs)
    if standing.wait_seconds > 0:
        seconds = ceil(standing.wait_seconds)
        raise RateLimited("rate_limited", retry_after_seconds=seconds, s=seconds)
