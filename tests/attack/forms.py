"""Multipart requests as bytes: a good one around any picture, and the ones that lie."""

from dataclasses import dataclass
from random import Random
from typing import Final

from attack.specimens import good_picture

_BOUNDARY: Final = b"----ObAttackBoundary7d1"
_KIB: Final = 1024
_NAMES: Final = (
    b"../../../../etc/passwd",
    b"..\\..\\windows\\win.ini",
    b"/etc/cron.d/x",
    b"a\x00b.png",
    b'a"; filename="b.svg',
    b"\xe2\x80\xaegnp.exe",
    b"\xef\xbb\xbf\xe0\xb8\xa0\xe0\xb8\xb2\xe0\xb8\x9e.jpg",
    b"\xff\xfe\xfd.png",
    b"x" * 4096,
    b"",
    b".",
    b"CON",
    b"a.png;.php",
    b"a%00.png",
    b"a%0d%0aSet-Cookie: x=1.png",
    b"<script>alert(1)</script>.png",
    b"$(touch /tmp/x).png",
    b"|id.png",
)
_TYPES: Final = (
    b"image/svg+xml",
    b"text/html; charset=utf-7",
    b"application/x-php",
    b"multipart/mixed; boundary=x",
    b"image/png, text/html",
    b"\xff\xff",
    b"x" * 2000,
    b"",
)


@dataclass(frozen=True, slots=True)
class Form:
    """A request to be sent: what stands in its headers, and its body.

    ``sent_bytes`` is how much of the body is sent before the sender hangs up; all of it and an
    answer awaited when it is None. ``framing`` are the headers that say how long the body is.
    """

    body: bytes
    content_type: bytes = b"multipart/form-data; boundary=" + _BOUNDARY
    framing: tuple[bytes, ...] | None = None
    more_headers: tuple[bytes, ...] = ()
    sent_bytes: int | None = None

    def head(self, path: str, host: str, cookie: str) -> bytes:
        """Return the request's first line and headers."""
        framing = self.framing
        if framing is None:
            framing = (b"content-length: %d" % len(self.body),)
        lines = (
            f"POST {path} HTTP/1.1".encode(),
            f"host: {host}".encode(),
            f"cookie: {cookie}".encode(),
            b"content-type: " + self.content_type,
            *framing,
            *self.more_headers,
        )
        return b"\r\n".join(lines) + b"\r\n\r\n"


def text_part(name: bytes, value: bytes) -> bytes:
    """Return a part with a text field."""
    return b'content-disposition: form-data; name="%b"\r\n\r\n%b' % (name, value)


def file_part(content: bytes, name: bytes = b"a.png", media_type: bytes = b"image/png") -> bytes:
    """Return the part with the picture."""
    return (
        b'content-disposition: form-data; name="image"; filename="%b"\r\ncontent-type: %b\r\n\r\n%b'
        % (name, media_type, content)
    )


def joined(*parts: bytes) -> bytes:
    """Return parts as a body."""
    opened = b"".join(b"--%b\r\n%b\r\n" % (_BOUNDARY, part) for part in parts)
    return opened + b"--%b--\r\n" % _BOUNDARY


def form_with(picture: bytes, number: int) -> Form:
    """Return the form that the studio would send."""
    return Form(joined(text_part(b"prompt", b"attack %d" % number), file_part(picture)))


def lying_name(chance: Random) -> Form:
    """Return a good picture under a name that wants to be a path, a header or a command."""
    name = chance.choice(_NAMES)
    return Form(joined(text_part(b"prompt", b"name"), file_part(good_picture(chance), name)))


def lying_part_type(chance: Random) -> Form:
    """Return a good picture that says it is something else."""
    part = file_part(good_picture(chance), media_type=chance.choice(_TYPES))
    return Form(joined(text_part(b"prompt", b"type"), part))


def lying_request_type(chance: Random) -> Form:
    """Return a good form that does not say so."""
    content_type = chance.choice(
        (
            b"application/json",
            b"application/x-www-form-urlencoded",
            b"image/png",
            b"multipart/form-data",
            b"multipart/form-data; boundary=",
            b"multipart/form-data; boundary=other",
            b"multipart/form-data; boundary=" + b"b" * 4000,
            b"multipart/form-data; boundary=\xff\xfe",
            b"multipart/mixed; boundary=" + _BOUNDARY,
            b"multipart/form-data; charset=utf-16; boundary=" + _BOUNDARY,
            b"multipart/form-data; boundary=" + _BOUNDARY + b"; charset=\xff",
            b"",
        )
    )
    return Form(joined(text_part(b"prompt", b"a"), file_part(good_picture(chance))), content_type)


def broken_form(chance: Random) -> Form:
    """Return a form that breaks a rule or a limit of ours."""
    prompt, picture = text_part(b"prompt", b"a"), file_part(good_picture(chance))
    ways = (
        lambda: joined(prompt, *[text_part(b"f%d" % n, b"x") for n in range(1200)], picture),
        lambda: joined(prompt, picture, picture),
        lambda: joined(prompt, *[picture] * 50),
        lambda: joined(text_part(b"prompt", b"x" * (65 * _KIB)), picture),
        lambda: joined(prompt, b"x-huge: " + b"y" * (200 * _KIB) + b"\r\n" + picture),
        lambda: joined(prompt, b"".join(b"x-%d: y\r\n" % n for n in range(5000)) + picture),
        lambda: joined(prompt, picture)[: -len(_BOUNDARY) - 6],
        lambda: joined(prompt, picture).replace(b"\r\n", b"\n"),
        lambda: joined(b"content-type: text/plain\r\n\r\nno name", prompt),
        lambda: joined(b"content-disposition: form-data\r\n\r\nno name", prompt),
        lambda: joined(b"content-disposition: attachment; name=image\r\n\r\nx", prompt),
        lambda: joined(b"\xff\xff: \xff\r\n\r\nx", prompt),
        lambda: joined(b"", b"", b""),
        lambda: joined(text_part(b"image", b"a text in the picture's place"), prompt),
        lambda: joined(text_part(b"image", picture), prompt),
        lambda: joined(text_part(b"prompt", b"\xed\xa0\x80")),
        lambda: joined(text_part(b"prompt", b"a\x00b")),
        lambda: b"--" * 20_000,
        lambda: b"\r\n" * 20_000 + joined(prompt),
        lambda: chance.randbytes(3000),
        lambda: b"",
    )
    return Form(chance.choice(ways)())


def repeated_fields(chance: Random) -> Form:
    """Return a form that says a field twice, or fields that nobody knows."""
    prompt, picture = text_part(b"prompt", b"a"), file_part(good_picture(chance))
    ways = (
        (prompt, text_part(b"prompt", b"b"), picture),
        (prompt, text_part(b"model", b"qwen-image"), text_part(b"model", b"qwen-image-edit")),
        (prompt, text_part(b"state", b"done"), text_part(b"price_credits", b"0"), picture),
        (prompt, text_part(b"image_url", b"http://169.254.169.254/latest/meta-data"), picture),
        (prompt, text_part(b"seed", b"1e999"), picture),
        (prompt, text_part(b"__proto__", b"x"), text_part(b"", b"x"), picture),
    )
    return Form(joined(*chance.choice(ways)))


def lying_length(chance: Random) -> Form:
    """Return a form whose headers are wrong about the body's length."""
    body = joined(text_part(b"prompt", b"length"), file_part(good_picture(chance)))
    size = len(body)
    framing = chance.choice(
        (
            (b"content-length: %d" % (size // 2),),
            (b"content-length: 0",),
            (b"content-length: -1",),
            (b"content-length: 99999999999999999999999",),
            (b"content-length: 30000000",),
            (b"content-length: 0x10",),
            (b"content-length: %d" % size, b"content-length: 3"),
            (b"content-length: %d" % size, b"transfer-encoding: chunked"),
            (b"transfer-encoding: chunked, identity",),
            (b"transfer-encoding: \x0bchunked",),
            (),
        )
    )
    return Form(body, framing=framing)


def lying_chunks(chance: Random) -> Form:
    """Return a chunked body that is a good one, or breaks the rules of chunks."""
    body = joined(text_part(b"prompt", b"chunks"), file_part(good_picture(chance)))
    good = b"%x\r\n%b\r\n" % (len(body), body)
    ways = (
        good + b"0\r\n\r\n",
        b"".join(b"1;a=%b\r\n%c\r\n" % (b"e" * 50, byte) for byte in body[:400]) + b"0\r\n\r\n",
        b"zz\r\n" + body,
        b"ffffffffffffffff\r\n" + body,
        b"-5\r\n" + body,
        good + b"0\r\nx-trailer: " + b"y" * 100_000 + b"\r\n\r\n",
    )
    return Form(chance.choice(ways), framing=(b"transfer-encoding: chunked",))


def odd_headers(chance: Random) -> Form:
    """Return a good form among headers that are huge, many or strange."""
    body = joined(text_part(b"prompt", b"headers"), file_part(good_picture(chance)))
    more = chance.choice(
        (
            (b"x-huge: " + b"y" * 300_000,),
            tuple(b"x-%d: y" % n for n in range(4000)),
            (b"expect: 100-continue",),
            (b"content-encoding: gzip",),
            (b"x-forwarded-for: 127.0.0.1", b"x-forwarded-host: evil.example"),
            (b"idempotency-key: \xff\xff",),
            (b"idempotency-key: " + b"k" * 5000,),
            (b"upgrade: websocket", b"connection: upgrade"),
            (b"range: bytes=0-,0-,0-,0-",),
            (b"bad header without colon",),
            (b"x: a\rb",),
        )
    )
    return Form(body, more_headers=more)


def cut_off(chance: Random) -> Form:
    """Return a form whose sender hangs up in the middle of the body."""
    body = joined(text_part(b"prompt", b"cut"), file_part(chance.randbytes(1000) * 1500))
    return Form(body, sent_bytes=chance.randrange(len(body)))
