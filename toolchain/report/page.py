"""The page: plain HTML, no script, nothing fetched. Everything the artist wrote is escaped."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}
body{background:Canvas;color:CanvasText}
h1{margin:0 0 .2rem}h2{margin:2.2rem 0 .4rem;font-size:1.15rem}
p{max-width:60rem}.lead{opacity:.75;margin:0 0 1rem}
img{max-width:100%;background:#9a9a9a;border-radius:6px}
figure{display:inline-block;margin:0 .8rem .8rem 0;vertical-align:top}figcaption{font-size:.85rem;opacity:.8}
table{border-collapse:collapse;margin:.5rem 0}
td,th{padding:.25rem .7rem;text-align:left;border-bottom:1px solid #8885;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.badge{display:inline-block;padding:.1rem .6rem;border-radius:1rem;color:#fff;margin-right:.4rem;font-size:.85rem}
.passed{background:#2f7d4f}.failed,.error{background:#b3362b}.warning{background:#a86a10}.info{background:#557}
.key{display:inline-block;width:.8em;height:.8em;border-radius:.2em;margin:0 .3em 0 1em}
"""


@dataclass(frozen=True)
class Picture:
    """An image of the page: its file below report/, what it shows in words, and its caption."""

    file: str
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of text or numbers; numbers are set to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Section:
    """One heading with text, a legend, pictures and a table, each optional."""

    title: str
    text: str = ""
    legend: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    table: Table | None = None


def page(title: str, lead: str, badges: dict[str, str], sections: list[Section]) -> bytes:
    """The whole document. `badges`: engine -> passed or failed."""
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="lead">{escape(lead)}</p>',
        "<p>"
        + "".join(f'<span class="badge {escape(s)}">{escape(e)}: {escape(s)}</span>' for e, s in badges.items())
        + "</p>",
    ]
    body += [_section(s) for s in sections]
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
    )
    return (head + "\n".join(body) + "</body></html>\n").encode()


def _section(section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    if section.text:
        parts.append(f"<p>{escape(section.text)}</p>")
    if section.legend:
        parts.append(
            "<p>"
            + "".join(
                f'<span class="key" style="background:rgb{c}"></span>{escape(n)}' for n, c in section.legend.items()
            )
            + "</p>"
        )
    parts += [
        f'<figure><img src="report/{escape(p.file)}" alt="{escape(p.alt)}">'
        f"<figcaption>{escape(p.caption)}</figcaption></figure>"
        for p in section.pictures
    ]
    if section.table:
        parts.append(_table(section.table))
    return "\n".join(parts)


def _table(table: Table) -> str:
    numeric = [
        all(isinstance(row[i], (int, float)) or row[i] in (None, "") for row in table.rows)
        for i in range(len(table.head))
    ]
    mark = [' class="n"' if n else "" for n in numeric]
    head = "".join(f"<th{m}>{escape(h)}</th>" for h, m in zip(table.head, mark, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td{m}>{_cell(v)}</td>" for v, m in zip(row, mark, strict=True)) + "</tr>"
        for row in table.rows
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if value in ("error", "warning", "info"):
        return f'<span class="badge {value}">{value}</span>'
    return escape("" if value is None else str(value))
