"""Names of nodes and materials that the engine does not take, or that repeat; a user property keeps the old name."""

from __future__ import annotations

from validators.fix.fbx import Fbx, Record, string
from validators.fix.naming import renamed
from validators.readers.fbx_nodes import plain
from validators.rules.case import Case


def fix(fbx: Fbx, case: Case) -> list[str]:
    """Rename. Objects are joined by number, so that nothing else refers to a name."""
    out = []
    models = [m for m in fbx.objects(b"Model") if m.text(2) not in (b"Camera", b"Light")]
    for kind, records in (("object", models), ("material", fbx.objects(b"Material"))):
        names = [plain(r.text(1)) for r in records]
        for i, name in sorted(renamed(names, case.profile.names, kind).items()):
            rest = records[i].text(1).partition(b"\0\1")
            records[i].properties[1] = string(name.encode() + rest[1] + rest[2])
            holder = records[i].first(b"Properties70")
            if holder is not None and names[i]:
                words = (b"original_name", b"KString", b"", b"U", names[i].encode())
                holder.children.append(Record(b"P", [string(w) for w in words]))
                holder.closed = True
            out.append(f'{kind} "{names[i]}" is now {name}')
    return out
