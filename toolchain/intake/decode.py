"""Pictures off the disk, safely: allow-listed formats, bounded size, upright, sRGB, straight alpha.

Decoders are native code fed with strangers' bytes; the job that calls this runs in a child process.
Here the formats are few (Pillow alone would try some forty), the size is judged before any pixel is
decoded, and every fault ends in one sentence.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from toolchain.asset import U8
from toolchain.stage import StageError
from validators.finding import Finding, Where

#: Pillow's format name -> suffixes that tell the truth about it.
FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "TIFF": (".tif", ".tiff"),
    "TGA": (".tga",),
}
#: First bytes of formats that people drop and we do not read, for a better sentence than "unknown".
_FOREIGN = (
    (0, b"GIF8", "a GIF"),
    (0, b"8BPS", "a Photoshop document"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyphei", "a HEIC photograph"),
    (4, b"ftypmif1", "a HEIC photograph"),
    (0, b"%PDF", "a PDF"),
    (0, b"v/1\x01", "an OpenEXR picture"),
    (0, b"#?RADIANCE", "an HDR picture"),
    (0, b"DDS ", "a DDS texture"),
    (0, b"PK\x03\x04", "a ZIP archive or a Krita document"),
    (0, b"gimp xcf", "a GIMP document"),
    (0, b"<svg", "an SVG drawing"),
    (0, b"<?xml", "an XML or SVG file"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
)
LIMIT_BYTES = 512 << 20
# What Pillow's plug-ins raise on damaged files, by reading them and by tests that damage files.
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    NotImplementedError,
    zlib.error,
)
_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXPORT = "Export it again as PNG."


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture."""

    rgba: U8  # (H, W, 4) sRGB, straight alpha, upright
    has_alpha: bool  # alpha is there and says something
    format: str  # a key of FORMATS
    findings: tuple[Finding, ...]


def decode(path: Path, limit_mpx: float = 64.0, colour: bool = True) -> Picture:
    """Read one picture. `colour=False` keeps the numbers in the file (slot masks): no profile is applied.

    Raises StageError, in one sentence that names the file, for anything that is not a whole picture of
    an allow-listed format within `limit_mpx` million pixels.
    """
    name = path.name
    try:
        if path.stat().st_size > LIMIT_BYTES:
            raise StageError(f"{name} is larger than 512 MiB; export a smaller picture.")
        data = path.read_bytes()
    except OSError as error:
        raise StageError(f"{name} cannot be read: {error.strerror}.") from None
    if not data:
        raise StageError(f"{name} is empty (0 bytes). Copy or export it again.")
    # TGA has no magic bytes: only its suffix can ask for it.
    formats = [f for f in FORMATS if f != "TGA"] + (["TGA"] if path.suffix.lower() == ".tga" else [])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=formats) as image:
                return _read(image, path, limit_mpx, colour)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise StageError(f"{name} unpacks to far more than {limit_mpx:g} million pixels; export it smaller.") from None
    except Image.UnidentifiedImageError:
        raise StageError(_unknown(name, data)) from None
    except MemoryError:
        raise StageError(f"{name} needs more memory than this job has; export a smaller picture.") from None
    except _FAULTS as error:
        cut = "truncated" in str(error).lower() or isinstance(error, EOFError)
        what = "ends too early: part of the file is missing" if cut else "is damaged"
        raise StageError(f"{name} {what}. Copy or export it again.", f"{type(error).__name__}: {error}") from None


def _read(image: Image.Image, path: Path, limit_mpx: float, colour: bool) -> Picture:
    name, where, found = path.name, Where(file=path.name), []  # type: str, Where, list[Finding]
    width, height = image.size
    if width < 1 or height < 1:
        raise StageError(f"{name} has no pixels ({width} x {height}). {_EXPORT}")
    if width * height > limit_mpx * 1e6:
        raise StageError(
            f"{name} is {width} x {height}, over the limit of {limit_mpx:g} million pixels; export it smaller."
        )
    kind = "JPEG" if image.format == "MPO" else str(image.format)  # MPO: a phone's JPEG with a second picture behind
    if path.suffix.lower() not in FORMATS[kind]:
        found.append(
            Finding(
                "ref.suffix",
                "warning",
                f"{name} is really a {kind} file; it was read as that.",
                f"Rename it to end in {FORMATS[kind][0]}, or export it again.",
                where,
                kind,
                path.suffix.lower(),
            )
        )
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":
        found.append(
            Finding(
                "ref.frames",
                "warning",
                f"{name} holds {frames} frames or pages; only the first was used.",
                "Export one still picture.",
                where,
                frames,
                1,
            )
        )
    image.load()
    upright = _turned(image)
    rgb, alpha = _channels(upright, name)
    profile = image.info.get("icc_profile")
    if colour:
        rgb, trouble = _to_srgb(rgb, profile, name)
        if trouble:
            found.append(trouble)
    solid = np.asarray(rgb if rgb.mode == "RGB" else rgb.convert("RGB"), np.uint8)
    if alpha is not None and not alpha.any():
        found.append(
            Finding(
                "ref.alpha",
                "warning",
                f"{name} is transparent everywhere; its transparency was ignored.",
                "Export it with the subject opaque.",
                where,
                0,
                1,
            )
        )
        alpha = None
    has_alpha = alpha is not None and bool((alpha < 255).any())
    opaque = np.full(solid.shape[:2], 255, np.uint8) if alpha is None else alpha
    return Picture(np.ascontiguousarray(np.dstack([solid, opaque])), has_alpha, kind, tuple(found))


def _turned(image: Image.Image) -> Image.Image:
    """`image` as the camera was held. A broken EXIF block turns nothing."""
    try:
        turn = _TURN.get(image.getexif().get(0x0112, 1))
    except _FAULTS:
        turn = None
    return image if turn is None else image.transpose(turn)


def _channels(image: Image.Image, name: str) -> tuple[Image.Image, U8 | None]:
    """Colour in L, RGB or CMYK at 8 bits, and alpha (H, W) or None."""
    mode, key = image.mode, image.info.get("transparency")
    if mode.startswith("I;16"):
        wide = np.asarray(image).astype(np.uint32)
        grey = Image.fromarray(((wide * 255 + 32767) // 65535).astype(np.uint8))
        return grey, np.where(wide == key, 0, 255).astype(np.uint8) if isinstance(key, int) else None
    if mode in ("RGB", "L", "1", "P") and key is not None:
        if isinstance(key, tuple) and max(key) > 255:  # a 16-bit key beside pixels that Pillow has cut to 8
            image.info["transparency"] = tuple(v >> 8 for v in key)
        image = image.convert("RGBA")
    elif mode in ("LA", "La", "PA", "RGBa"):
        image = image.convert("RGBA")
    elif mode == "1":
        image = image.convert("L")
    elif mode in ("P", "YCbCr", "RGBX"):
        image = image.convert("RGB")
    if image.mode == "RGBA":
        return image.convert("RGB"), np.asarray(image.getchannel("A"), np.uint8)
    if image.mode in ("L", "RGB", "CMYK"):
        return image, None
    kind = {"F": "floating point", "I": "32-bit", "LAB": "Lab"}.get(mode, mode)
    raise StageError(
        f"{name} stores {kind} colours, which we do not read. Export it as PNG with 8 or 16 bits a channel."
    )


def _to_srgb(image: Image.Image, profile: bytes | None, name: str) -> tuple[Image.Image, Finding | None]:
    """`image` in sRGB by its ICC profile; without one RGB and grey are sRGB already, CMYK is estimated."""
    where, lost = Where(file=name), ""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if image.mode == "RGB" and "srgb" in ImageCms.getProfileDescription(source).lower():
                return image, None
            out = ImageCms.profileToProfile(
                image,
                source,
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
            if out is not None:
                return out, None
        except (ImageCms.PyCMSError, *_FAULTS):
            lost = " The colour profile in it does not fit."
    if image.mode == "CMYK":
        return image.convert("RGB"), Finding(
            "ref.profile",
            "warning",
            f"{name} is a print picture (CMYK).{lost} Its colours on screen were estimated.",
            "Export it as RGB (sRGB).",
            where,
            "CMYK",
            "RGB",
        )
    if lost:
        return image, Finding(
            "ref.profile",
            "warning",
            f"{name} was read as sRGB.{lost}",
            "Export it again as sRGB.",
            where,
            "unreadable",
            "sRGB",
        )
    return image, None


def _unknown(name: str, data: bytes) -> str:
    head = data[:64]
    known = "PNG, JPEG, WebP, BMP, TIFF and TGA"
    for at, magic, what in _FOREIGN:
        if head[at:].startswith(magic):
            return f"{name} is {what}; we read {known}. {_EXPORT}"
    if not any(data[: 1 << 16]):
        return f"{name} holds nothing but zeros: the copy did not finish. Copy it again."
    return f"{name} is not a picture we can read, or its start is damaged; we read {known}. {_EXPORT}"
