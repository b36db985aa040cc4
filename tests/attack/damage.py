"""Good pictures made bad: what a fuzzer, a bad disk or a careful attacker does to their bytes.

Every function takes its randomness and returns the bytes of a file. Any of them may still be a
picture that decodes.
"""

import struct
import zlib
from random import Random
from typing import Final

from attack.specimens import (
    CANARY,
    FORMATS,
    good_picture,
    jpeg_segment,
    jpeg_with,
    png_chunk,
    png_chunks,
    png_of,
    specimen,
)

_EDGES: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_JPEGS: Final = ("JPEG", "PROGRESSIVE", "MPO")
_PNGS: Final = ("PNG", "PALETTE", "DEEP")


def flip_bits(chance: Random) -> bytes:
    """Flip 1 to 32 bits anywhere."""
    mutant = bytearray(good_picture(chance))
    for _ in range(chance.randrange(1, 33)):
        mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
    return bytes(mutant)


def lie_in_the_head(chance: Random) -> bytes:
    """Overwrite some of the first 200 bytes with values at the edge of their types."""
    mutant = bytearray(good_picture(chance))
    for _ in range(chance.randrange(1, 4)):
        value = struct.pack(chance.choice("<>") + "I", chance.choice(_EDGES))
        at = chance.randrange(4, min(200, len(mutant) - 4))
        mutant[at : at + chance.choice((1, 2, 4))] = value[: chance.choice((1, 2, 4))]
    return bytes(mutant)


def cut(chance: Random) -> bytes:
    """Leave out the end."""
    picture = good_picture(chance)
    return picture[: chance.randrange(len(picture))]


def shuffle_slices(chance: Random) -> bytes:
    """Delete, double, move or overwrite a slice."""
    mutant = bytearray(good_picture(chance))
    start, length = chance.randrange(len(mutant)), chance.randrange(1, 400)
    piece = mutant[start : start + length]
    match chance.randrange(4):
        case 0:
            del mutant[start : start + length]
        case 1:
            mutant[start:start] = piece * chance.randrange(1, 20)
        case 2:
            del mutant[start : start + length]
            at = chance.randrange(len(mutant) + 1)
            mutant[at:at] = piece
        case _:
            mutant[start : start + length] = chance.randbytes(length)
    return bytes(mutant)


def splice(chance: Random) -> bytes:
    """Join the head of one picture and the tail of another."""
    first = specimen(chance.choice(FORMATS), chance.randrange(4))
    second = specimen(chance.choice(FORMATS), chance.randrange(4))
    return first[: chance.randrange(len(first))] + second[chance.randrange(len(second)) :]


def swap_png_chunks(chance: Random) -> bytes:
    """Put the chunks of a PNG in another order, or some of them in twice."""
    chunks = png_chunks(specimen(chance.choice(_PNGS), chance.randrange(4)))
    if chance.random() < 0.5:
        chance.shuffle(chunks)
    else:
        for _ in range(chance.randrange(1, 4)):
            chunks.insert(chance.randrange(len(chunks)), chance.choice(chunks))
    return png_of(*chunks)


def lie_in_a_png_chunk(chance: Random) -> bytes:
    """Change a chunk's length, name, data or checksum."""
    chunks = png_chunks(specimen(chance.choice(_PNGS), chance.randrange(4)))
    at = chance.randrange(len(chunks))
    kind, data = chunks[at][4:8], bytearray(chunks[at][8:-4])
    match chance.randrange(4):
        case 0:
            chunks[at] = struct.pack(">I", chance.choice(_EDGES)) + chunks[at][4:]
        case 1:
            chunks[at] = png_chunk(chance.choice((b"IHDR", b"PLTE", b"tRNS", b"acTL")), bytes(data))
        case 2:
            for _ in range(min(3, len(data))):
                data[chance.randrange(len(data))] = chance.randrange(256)
            chunks[at] = png_chunk(kind, bytes(data))
        case _:
            chunks[at] = chunks[at][:-4] + chance.randbytes(4)
    return png_of(*chunks)


def lie_in_ihdr(chance: Random) -> bytes:
    """Claim another size, depth, colour, compression, filter or interlacing; the checksum fits."""
    chunks = png_chunks(specimen(chance.choice(_PNGS), chance.randrange(4)))
    header = list(struct.unpack(">IIBBBBB", chunks[0][8:-4]))
    for _ in range(chance.randrange(1, 3)):
        at = chance.randrange(len(header))
        if at > 1:
            header[at] = chance.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        else:
            header[at] = chance.choice((*_EDGES, 33, 97, 5000, 11_999))
    chunks[0] = png_chunk(b"IHDR", struct.pack(">IIBBBBB", *header))
    return png_of(*chunks)


def lie_in_a_jpeg_segment(chance: Random) -> bytes:
    """Change lengths, sizes, tables or scans of a JPEG."""
    mutant = bytearray(specimen(chance.choice(_JPEGS), chance.randrange(4)))
    markers = [at for at in range(len(mutant) - 12) if mutant[at] == 0xFF and mutant[at + 1] > 0xBF]
    at = chance.choice(markers)
    match chance.randrange(4):
        case 0:
            mutant[at + 2 : at + 4] = struct.pack(">H", chance.choice(_EDGES) & 0xFFFF)
        case 1:
            mutant[at + 1] = chance.randrange(0xC0, 0xFF)
        case 2:
            mutant[at + 4 : at + 12] = chance.randbytes(8)
        case _:
            frame = next((at for at in markers if mutant[at + 1] in {0xC0, 0xC2}), at)
            size = (chance.choice((1, 8, 65_500)), chance.choice((1, 8, 65_500)))
            mutant[frame + 5 : frame + 9] = struct.pack(">HH", *size)
    return bytes(mutant)


def lie_in_a_webp_chunk(chance: Random) -> bytes:
    """Change sizes, names and the canvas of a WebP."""
    mutant = bytearray(specimen(chance.choice(("WEBP", "ALPHA")), chance.randrange(4)))
    match chance.randrange(4):
        case 0:
            mutant[4:8] = struct.pack("<I", chance.choice(_EDGES))
        case 1:
            mutant[16:20] = struct.pack("<I", chance.choice(_EDGES))
        case 2:
            mutant[24:30] = chance.randbytes(6)
        case _:
            mutant[20] = chance.randrange(256)
    return bytes(mutant)


def lie_in_a_heic_box(chance: Random) -> bytes:
    """Change sizes, places and claimed dimensions in the boxes of a HEIC."""
    mutant = bytearray(specimen("HEIF", chance.randrange(4)))
    named = [
        at
        for name in (b"ispe", b"iloc", b"iinf", b"meta", b"mdat", b"hvcC", b"ipma", b"pitm")
        if (at := mutant.find(name)) >= 4
    ]
    at = chance.choice(named)
    where = at + chance.choice((-4, 4, 8, 12))
    mutant[where : where + 4] = struct.pack(">I", chance.choice((*_EDGES, 12_000, 65_535)))
    return bytes(mutant)


def _tiff(entries: bytes, count: int, following: int) -> bytes:
    return b"MM\x00*" + struct.pack(">IH", 8, count) + entries + struct.pack(">I", following)


def loop_in_exif(chance: Random) -> bytes:
    """Let directories of the EXIF data lead back to themselves, or promise endless values."""
    entry = struct.pack(">HHII", chance.choice((0x8769, 0x8825, 0xA005, 0x014A)), 4, 1, 8)
    huge = struct.pack(">HHII", 0x010E, chance.choice((1, 2, 5, 12)), chance.choice(_EDGES), 8)
    count = chance.choice((1, 2, 3, 0xFFFF))
    data = b"Exif\x00\x00" + _tiff(entry + huge * 2, count, chance.choice((8, 10, 26, 0xFFFFFFF0)))
    match chance.randrange(3):
        case 0:
            return jpeg_with(specimen("PROGRESSIVE", 0), jpeg_segment(0xE1, data))
        case 1:
            chunks = png_chunks(specimen("PALETTE", 0))
            return png_of(chunks[0], png_chunk(b"eXIf", data[6:]), *chunks[1:])
        case _:
            whole = specimen("WEBP", 0)
            at = whole.find(b"EXIF")
            tail = b"EXIF" + struct.pack("<I", len(data)) + data
            body = whole[8:at] + tail
            return b"RIFF" + struct.pack("<I", len(body)) + body


def swell_the_colour_profile(chance: Random) -> bytes:
    """Put in a colour profile of megabytes, or one that is none."""
    size = chance.choice((200, 70_000, 1_000_000, 5_000_000))
    profile = chance.choice((bytes(size), chance.randbytes(4096) * (size // 4096 + 1)))
    match chance.randrange(3):
        case 0:
            pieces = [
                profile[at : at + 65_000] for at in range(0, min(len(profile), 900_000), 65_000)
            ]
            segments = (
                jpeg_segment(0xE2, b"ICC_PROFILE\x00" + bytes((n + 1, len(pieces))) + piece)
                for n, piece in enumerate(pieces)
            )
            return jpeg_with(specimen("PROGRESSIVE", 1), *segments)
        case 1:
            chunks = png_chunks(specimen("PNG", 1))
            data = png_chunk(b"iCCP", b"x\x00\x00" + zlib.compress(profile))
            return png_of(chunks[0], data, *(c for c in chunks[1:] if c[4:8] != b"iCCP"))
        case _:
            chunks = png_chunks(specimen("PALETTE", 1))
            return png_of(chunks[0], png_chunk(b"iCCP", CANARY + b"\x00\x00garbage"), *chunks[1:])
