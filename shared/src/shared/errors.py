"""Every error the product speaks of: a small tree of exceptions and one catalogue of codes.

    AppError(code, **params)
    ├── PermanentError              trying again unchanged cannot help
    │   ├── InvalidInput            the caller can mend it
    │   ├── NotFound                it does not exist, or not for this account
    │   │   └── Gone                it did, and was deleted when its time was over
    │   ├── Conflict                the thing is in another state by now
    │   ├── Unauthorized            nobody is signed in
    │   ├── Forbidden               somebody is, but may not
    │   └── PaymentRequired         not enough credits
    └── TransientError              trying again later can help
        ├── RateLimited             this account asks for too much at once
        ├── RunPodUnavailable
        ├── StorageUnavailable
        ├── BrokerUnavailable
        └── DatabaseUnavailable

Adapters translate at their boundary with ``raise … from``. Any other exception is a bug.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Param = str | int | float | bool | None


class AppError(Exception):
    """An error with a stable code out of ``CATALOGUE`` and the numbers that its sentences use."""

    def __init__(self, code: str, /, **params: Param) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        details = " ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code} {details}".rstrip()


class PermanentError(AppError):
    """Trying again unchanged cannot help."""


class InvalidInput(PermanentError):
    """The caller sent something that we refuse, and can mend it."""


class NotFound(PermanentError):
    """It does not exist, or not for this account."""

    def __init__(self, code: str = "not_found", /, **params: Param) -> None:
        super().__init__(code, **params)


class Gone(NotFound):
    """It was kept as long as we keep such things."""


class Conflict(PermanentError):
    """The thing is in another state than the request needs."""


class Unauthorized(PermanentError):
    """Nobody is signed in, or the proof of it is not ours."""


class Forbidden(PermanentError):
    """Somebody is signed in, but may not do this."""


class PaymentRequired(PermanentError):
    """The account has not enough free credits."""


class TransientError(AppError):
    """Trying again later can help; ``retry_after_seconds`` is the other side's wish, if it had one."""

    default_code = "service_unavailable"

    def __init__(
        self,
        code: str | None = None,
        /,
        *,
        retry_after_seconds: float | None = None,
        **params: Param,
    ) -> None:
        super().__init__(code or self.default_code, **params)
        self.retry_after_seconds = retry_after_seconds


class RateLimited(TransientError):
    """The account has begun as much as it may for now."""


class RunPodUnavailable(TransientError):
    """RunPod cannot be reached, limits us, or answers with a fault of its own."""

    default_code = "provider_unavailable"


class StorageUnavailable(TransientError):
    """The object store cannot be reached or answers with a fault of its own."""


class BrokerUnavailable(TransientError):
    """RabbitMQ cannot be reached or did not confirm in time: the message may or may not be there."""


class DatabaseUnavailable(TransientError):
    """Postgres cannot be reached or ended the connection."""


class Fault(StrEnum):
    """Who has to act for the error to go away."""

    USER = "user"
    PROVIDER = "provider"
    US = "us"


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What a code says to people; ``{name}`` in the sentences is filled from the error's params."""

    en: str
    th: str
    fault: Fault
    retryable: bool = False


_U, _P, _S = Fault.USER, Fault.PROVIDER, Fault.US

CATALOGUE: Final[dict[str, ErrorText]] = {
    # the request
    "validation_failed": ErrorText("Some details need fixing.", "มีบางช่องต้องแก้", _U),
    "request_malformed": ErrorText(
        "The request could not be read. Send the form as multipart/form-data.",
        "อ่านคำขอไม่ได้ ส่งแบบฟอร์มเป็น multipart/form-data",
        _U,
    ),
    "unsupported_media_type": ErrorText(
        "Send the form as multipart/form-data.", "ส่งแบบฟอร์มเป็น multipart/form-data", _U
    ),
    "method_not_allowed": ErrorText("This address does not do that.", "ที่อยู่นี้ทำรายการแบบนี้ไม่ได้", _U),
    "prompt_empty": ErrorText("Tell us what you'd like first.", "บอกเราก่อนว่าอยากได้ภาพแบบไหน", _U),
    "prompt_too_long": ErrorText(
        "That's {over} characters too many (limit {limit}).",
        "ยาวเกินไป {over} ตัวอักษร (ไม่เกิน {limit}) ลองเล่าให้สั้นลง",
        _U,
    ),
    "prompt_invalid": ErrorText(
        "The text holds characters that cannot be used.", "ข้อความมีอักขระที่ใช้ไม่ได้", _U
    ),
    "ratio_unknown": ErrorText(
        "Choose one of these shapes: {allowed}.", "เลือกสัดส่วนภาพจาก {allowed}", _U
    ),
    "model_unknown": ErrorText(
        "Choose one of these models: {allowed}.", "เลือกโมเดลจาก {allowed}", _U
    ),
    "seed_invalid": ErrorText(
        "The seed must be a whole number from 0 to {limit}.",
        "ซีดต้องเป็นจำนวนเต็มตั้งแต่ 0 ถึง {limit}",
        _U,
    ),
    "idempotency_key_invalid": ErrorText(
        "The Idempotency-Key must have 1 to {limit} visible ASCII characters.",
        "Idempotency-Key ต้องเป็นตัวอักษร ASCII 1 ถึง {limit} ตัว",
        _U,
    ),
    "idempotency_mismatch": ErrorText(
        "This Idempotency-Key was used for another request.",
        "Idempotency-Key นี้ถูกใช้กับคำขออื่นไปแล้ว",
        _U,
    ),
    "image_missing": ErrorText("Add a photo first.", "เพิ่มรูปก่อน แล้วค่อยกดสร้างภาพ", _U),
    "image_unexpected": ErrorText(
        "This model makes a picture from words alone. Leave the photo out.",
        "โมเดลนี้สร้างภาพจากข้อความเท่านั้น ไม่ต้องใส่รูป",
        _U,
    ),
    "unsupported_format": ErrorText(
        "We can't read this kind of file. Use JPG, PNG, WebP or HEIC.",
        "ไฟล์แบบนี้ยังใช้ไม่ได้ ลองใช้ JPG, PNG, WebP หรือ HEIC",
        _U,
    ),
    "invalid_image": ErrorText(
        "We couldn't open this photo. It may be damaged.",
        "เปิดรูปนี้ไม่ได้ ไฟล์อาจเสีย ลองใช้รูปอื่น",
        _U,
    ),
    "image_animated": ErrorText(
        "Moving pictures can't be used. Choose a still photo.",
        "ภาพเคลื่อนไหวยังใช้ไม่ได้ เลือกรูปนิ่งแทน",
        _U,
    ),
    "image_too_large": ErrorText(
        "This photo has {megapixels} megapixels, more than {limit_megapixels}. Try a smaller one.",
        "รูปนี้มี {megapixels} ล้านพิกเซล เกิน {limit_megapixels} ลองใช้รูปที่เล็กลง",
        _U,
    ),
    "image_too_small": ErrorText(
        "This photo is too small. Use one at least {px} pixels wide and high.",
        "รูปเล็กเกินไป ใช้รูปที่กว้างและสูงอย่างน้อย {px} พิกเซล",
        _U,
    ),
    "payload_too_large": ErrorText(
        "This file is over {limit_mb} MB. Try a smaller one.",
        "ไฟล์นี้ใหญ่เกิน {limit_mb} MB ลองใช้ไฟล์ที่เล็กลง",
        _U,
    ),
    "upload_interrupted": ErrorText(
        "The upload stopped.", "อัปโหลดไม่จบ กดลองใหม่ได้เลย", _U, retryable=True
    ),
    "cursor_invalid": ErrorText(
        "This page mark is not ours. Start from the first page.",
        "ตัวชี้หน้านี้ใช้ไม่ได้ เริ่มจากหน้าแรกใหม่",
        _U,
    ),
    "status_unknown": ErrorText(
        "Choose one of these states: {allowed}.", "เลือกสถานะจาก {allowed}", _U
    ),
    "format_unknown": ErrorText(
        "Choose one of these formats: {allowed}.", "เลือกรูปแบบไฟล์จาก {allowed}", _U
    ),
    "quality_invalid": ErrorText(
        "Choose one of these qualities: {allowed}.", "เลือกคุณภาพจาก {allowed}", _U
    ),
    "size_unknown": ErrorText("Choose one of these sizes: {allowed}.", "เลือกขนาดจาก {allowed}", _U),
    "search_invalid": ErrorText(
        "Search for at most {limit} characters, in one line.",
        "ค้นหาด้วยข้อความบรรทัดเดียว ไม่เกิน {limit} ตัวอักษร",
        _U,
    ),
    "parent_unknown": ErrorText(
        "The picture to go on from can't be found. It may have been deleted.",
        "ไม่พบภาพที่จะใช้ต่อ อาจถูกลบไปแล้ว",
        _U,
    ),
    "not_found": ErrorText(
        "We can't find this. It may have been deleted.", "ไม่พบสิ่งที่หา อาจถูกลบไปแล้ว", _U
    ),
    "result_expired": ErrorText(
        "This picture was deleted after {days} days. You can make it again.",
        "ภาพนี้ถูกลบแล้วเพราะเก็บครบ {days} วัน สร้างใหม่ได้",
        _U,
    ),
    "unauthorized": ErrorText("Sign in to continue.", "เข้าสู่ระบบเพื่อทำต่อ", _U),
    "session_invalid": ErrorText("Please sign in again.", "หมดเวลาเข้าสู่ระบบแล้ว เข้าใหม่ได้เลย", _U),
    "forbidden_origin": ErrorText("This request came from another site.", "คำขอนี้มาจากเว็บไซต์อื่น", _U),
    "insufficient_credits": ErrorText(
        "This needs {need} credits. You have {have}.", "ภาพนี้ใช้ {need} เครดิต คุณมีอยู่ {have}", _U
    ),
    "rate_limited": ErrorText(
        "A little too fast. Try again in {s} s.",
        "กดถี่ไปนิด รออีก {s} วินาทีแล้วลองใหม่",
        _U,
        retryable=True,
    ),
    "too_many_jobs": ErrorText(
        "You already have {n} pictures in progress.",
        "ตอนนี้กำลังสร้างอยู่ {n} ภาพ รอให้เสร็จก่อนสักภาพ",
        _U,
        retryable=True,
    ),
    "result_not_ready": ErrorText(
        "The picture is not ready yet.", "ภาพยังไม่เสร็จ", _U, retryable=True
    ),
    "cancel_too_late": ErrorText(
        "Too late to cancel, it's nearly done.", "ยกเลิกไม่ทันแล้ว ภาพใกล้เสร็จพอดี", _U
    ),
    # us
    "service_unavailable": ErrorText(
        "A short break on our side. Please try again in a moment.",
        "ระบบขัดข้องชั่วคราว อีกสักครู่ลองใหม่",
        _S,
        retryable=True,
    ),
    "maintenance": ErrorText(
        "Closed for maintenance until about {until}. Your draft is safe.",
        "ปิดปรับปรุงถึงราว {until} รูปและข้อความยังอยู่ครบ",
        _S,
        retryable=True,
    ),
    "internal_error": ErrorText(
        "Something broke on our side.", "ระบบขัดข้อง ลองใหม่อีกครั้ง", _S, retryable=True
    ),
    "object_missing": ErrorText(
        "The stored photo is gone. Send it again.", "รูปที่เก็บไว้หายไป ส่งใหม่อีกครั้ง", _S
    ),
    "object_conflict": ErrorText(
        "Something broke on our side.", "ระบบขัดข้อง ลองใหม่อีกครั้ง", _S, retryable=True
    ),
    "event_unreadable": ErrorText("Something broke on our side.", "ระบบขัดข้อง ลองใหม่อีกครั้ง", _S),
    # the end of a job
    "provider_failed": ErrorText(
        "We couldn't make this picture.", "สร้างภาพไม่สำเร็จ", _P, retryable=True
    ),
    "provider_rejected": ErrorText(
        "The picture machine refused this request.", "เครื่องสร้างภาพไม่รับคำขอนี้", _S
    ),
    "provider_unavailable": ErrorText(
        "The picture machines can't be reached right now.",
        "ติดต่อเครื่องสร้างภาพไม่ได้ในตอนนี้",
        _P,
        retryable=True,
    ),
    "provider_paused": ErrorText(
        "The picture machines are having a rest. Nothing was charged. Please try again in a moment.",
        "เครื่องสร้างภาพหยุดพักชั่วคราว ยังไม่หักเครดิต อีกสักครู่ลองใหม่",
        _P,
        retryable=True,
    ),
    "provider_no_image": ErrorText(
        "The picture machine finished without a picture.",
        "เครื่องทำงานเสร็จแต่ไม่มีภาพออกมา",
        _P,
        retryable=True,
    ),
    "provider_result_invalid": ErrorText(
        "The finished picture was damaged.", "ภาพที่สร้างเสร็จเสียหาย", _P, retryable=True
    ),
    "provider_payload_too_large": ErrorText(
        "The photo is too large for the picture machine.",
        "รูปใหญ่เกินไปสำหรับเครื่องสร้างภาพ ลองใช้รูปที่เล็กลง",
        _U,
    ),
    "workflow_invalid": ErrorText("Something broke on our side.", "ระบบขัดข้อง ลองใหม่อีกครั้ง", _S),
    "timed_out": ErrorText(
        "It took too long, so we stopped it.", "ใช้เวลานานเกินไป เราจึงหยุดให้", _P, retryable=True
    ),
    "deadline": ErrorText(
        "It could not be finished in time, so we stopped it.",
        "ทำไม่เสร็จในเวลาที่กำหนด เราจึงหยุดให้",
        _P,
        retryable=True,
    ),
    "result_lost": ErrorText(
        "The finished picture was lost before we could save it.",
        "ภาพที่เสร็จแล้วหายไปก่อนที่เราจะบันทึกทัน",
        _P,
        retryable=True,
    ),
}
