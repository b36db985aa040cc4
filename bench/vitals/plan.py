"""How much is measured."""

from dataclasses import dataclass
from typing import Final

from bench.load.pictures import Kind

PHONE_PHOTO: Final = Kind(100, "JPEG", 4032, 3024, quality=77)
"""12 megapixels in 1.5 MB."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The extent of each part.

    Attributes:
        starts: of each service, of which the median counts.
        idle_seconds: from the start until its memory is read.
        photo: what is uploaded.
        few_at_once: uploads under way whose rate is compared with the decoding alone.
        many_at_once: with so many the memory is compared with that of one.
        upload_seconds: of each number of uploads at once.
        lead_seconds: at their beginning, which no rate counts.
        decode_seconds: of decoding alone.
        job_seconds: what the provider takes for a job, without webhooks.
        in_flight: jobs that the provider then has at a time.
        polled_jobs: whose added time counts, once so many are in flight.
        replicas: submitters and pollers while RunPod's limits are watched, in turn.
        limit_job_seconds: what the provider then takes for a job: longer than all cancellations.
        limit_jobs: handed to them at once; more than RunPod takes in ten seconds.
        limit_cancels: of them, asked for at once.
    """

    starts: int = 5
    idle_seconds: float = 20.0
    photo: Kind = PHONE_PHOTO
    few_at_once: int = 8
    many_at_once: int = 64
    upload_seconds: float = 14.0
    lead_seconds: float = 3.0
    decode_seconds: float = 8.0
    job_seconds: float = 10.0
    in_flight: int = 100
    polled_jobs: int = 200
    replicas: tuple[int, ...] = (1, 4)
    limit_job_seconds: float = 40.0
    limit_jobs: int = 1200
    limit_cancels: int = 150
