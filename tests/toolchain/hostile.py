"""Meshes that a generator should never hand over, and some day will. Seeded: the same arrays on every call.

`hostile()` gives each as (positions (V, 3) float32, faces (F, 3) int32). Those named in `SENTENCE` hold no
surface at all and must end in one StageError sentence; every other one must become a closed, outward mesh.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
Arrays = tuple[F32, I32]

#: No surface to keep: the only right answer is a sentence.
SENTENCE = frozenset({"all_nan", "out_of_range_only", "zero_area_only", "one_point", "empty", "no_faces"})


@cache
def hostile() -> dict[str, Arrays]:
    """Every hostile mesh by name."""
    ball, ring = uv_sphere(24, 48), torus(1.0, 0.35, 48, 24)
    made = {
        "empty": arrays(np.zeros((0, 3)), np.zeros((0, 3))),
        "no_faces": arrays(ball[0], np.zeros((0, 3))),
        "all_nan": arrays(np.full((3, 3), np.nan), [[0, 1, 2]]),
        "out_of_range_only": arrays(ball[0], [[0, 1, 10**6], [-1, 2, 3]]),
        "zero_area_only": arrays([[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]], [[0, 1, 2], [1, 2, 3], [0, 0, 1]]),
        "one_point": arrays(np.ones((3, 3)), [[0, 1, 2]]),
        "one_triangle": arrays([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]),
        "plane": sheet(9, 9),
        "some_nan": some_nan(ball),
        "some_infinite": some_nan(ball, np.inf),
        "out_of_range": arrays(ball[0], np.concatenate((ball[1], [[0, 1, 10**7]]))),
        "negative_index": arrays(ball[0], np.concatenate((ball[1], [[-1, 2, 3], [4, -(2**31), 5]]))),
        "inverted_sphere": arrays(ball[0], ball[1][:, ::-1]),
        "half_turned_sphere": half_turned(ball),
        "coincident_spheres": together(ball, ball),
        "coincident_turned_spheres": together(ball, arrays(ball[0], ball[1][:, ::-1])),
        "near_coincident_spheres": together(ball, moved(ball, scale=1.0005)),
        "nested_spheres": together(*(moved(ball, scale=1 - 0.15 * i) for i in range(5))),
        "nested_turned_spheres": together(
            *(arrays(p, f[:, ::-1] if i % 2 else f) for i in range(5) for p, f in [moved(ball, scale=1 - 0.15 * i)])
        ),
        "inner_shell_joined": inner_shell_joined(),
        "crossing_spheres": together(ball, moved(ball, (0.9, 0.1, 0.0))),
        "crossing_tori": together(ring, arrays(ring[0][:, [1, 0, 2]] * (1, 1, -1) + (0.8, 0.0, 0.0), ring[1])),
        "figure_eight_sweep": figure_eight(),
        "smooth_sphere_82k": uv_sphere(161, 256),
        "double_wall": double_wall(),
        "moebius": moebius(),
        "klein_bottle": klein(),
        "projective_patch": projective(),
        "edge_fan": arrays(
            [[0, 0, 0], [0, 1, 0], [1, 0, 0], [-1, 0, 0.5], [-1, 0, -0.5]], [[0, 1, 2], [0, 1, 3], [0, 1, 4]]
        ),
        "boxes_on_an_edge": boxes_touching(shared=2),
        "boxes_on_a_corner": boxes_touching(shared=1),
        "bow_tie": arrays([[0, 0, 0], [1, 1, 0], [1, -1, 0], [-1, 1, 0], [-1, -1, 0]], [[0, 2, 1], [0, 3, 4]]),
        "soup_5k": soup(5_000),
        "specks_10k": specks(10_000),
        "far_away": moved(ball, (1e6, -1e6, 1e6), scale=50.0),
        "tiny": moved(ball, scale=1e-6),
        "vast": moved(ball, scale=1e9),
        "slivers": slivers(),
        "needle": moved(ball, stretch=(1e-4, 1.0, 1e-4)),
        "open_needle": needle(),
        "bucket": bucket(),
        "helmet": helmet(),
        "sphere_200_holes": holed(200),
        "unwelded_sphere": unwelded(ball),
        "t_junctions": t_junctions(),
        "given_twice": arrays(ball[0], np.concatenate((ball[1], ball[1][::3], ball[1][::5, ::-1]))),
    }
    for name, (points, faces) in made.items():
        assert points.dtype == np.float32 and faces.dtype == np.int32, name
        points.setflags(write=False)
        faces.setflags(write=False)
    return made


def arrays(points: object, faces: object) -> Arrays:
    """(V, 3) float32 and (F, 3) int32 of anything like them."""
    return (
        np.asarray(points, np.float64).reshape(-1, 3).astype(np.float32),
        np.asarray(faces, np.int64).reshape(-1, 3).astype(np.int32),
    )


def together(*parts: Arrays) -> Arrays:
    """Meshes in one, nothing joined."""
    start = np.cumsum([0, *(len(p) for p, _ in parts)])
    return arrays(
        np.concatenate([p for p, _ in parts]),
        np.concatenate([f.astype(np.int64) + s for (_, f), s in zip(parts, start[:-1], strict=True)]),
    )


def moved(
    mesh: Arrays,
    by: tuple[float, float, float] = (0.0, 0.0, 0.0),
    scale: float = 1.0,
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Arrays:
    """Scaled about the origin, then moved."""
    return arrays(mesh[0].astype(np.float64) * scale * stretch + by, mesh[1])


def grid_faces(rows: int, columns: int, around: tuple[bool, bool]) -> NDArray[np.int64]:
    """Two triangles a cell of a (rows, columns) vertex grid; `around` joins its ends."""
    i, j = np.meshgrid(np.arange(rows - (not around[0])), np.arange(columns - (not around[1])), indexing="ij")
    i, j = i.reshape(-1), j.reshape(-1)
    a, b = i * columns + j, (i + 1) % rows * columns + j
    c, d = (i + 1) % rows * columns + (j + 1) % columns, i * columns + (j + 1) % columns
    return np.concatenate((np.stack((a, b, c), 1), np.stack((a, c, d), 1)))


def uv_sphere(stacks: int, slices: int) -> Arrays:
    """A closed ball of radius 1; 2 (stacks - 1) slices triangles."""
    polar = np.pi * np.arange(1, stacks) / stacks
    turn = 2 * np.pi * np.arange(slices) / slices
    p, t = np.meshgrid(polar, turn, indexing="ij")
    rings = np.stack((np.sin(p) * np.sin(t), np.cos(p), np.sin(p) * np.cos(t)), axis=-1).reshape(-1, 3)
    body = grid_faces(stacks - 1, slices, (False, True))
    north, south, j = len(rings), len(rings) + 1, np.arange(slices)
    last = (stacks - 2) * slices
    caps = np.concatenate(
        (
            np.stack((np.full(slices, north), j, (j + 1) % slices), 1),
            np.stack((np.full(slices, south), last + (j + 1) % slices, last + j), 1),
        )
    )
    return arrays(np.concatenate((rings, [[0, 1, 0], [0, -1, 0]])), np.concatenate((body, caps)))


def torus(major: float, minor: float, around: int, across: int) -> Arrays:
    """A closed ring about +Y."""
    u, v = np.meshgrid(2 * np.pi * np.arange(around) / around, 2 * np.pi * np.arange(across) / across, indexing="ij")
    r = major + minor * np.cos(v)
    points = np.stack((r * np.cos(u), minor * np.sin(v), r * np.sin(u)), axis=-1)
    return arrays(points, grid_faces(around, across, (True, True))[:, ::-1])


def sheet(rows: int, columns: int) -> Arrays:
    """A flat sheet of side 1, open."""
    x, y = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    return arrays(np.stack((x, y, 0 * x), axis=-1), grid_faces(rows, columns, (False, False)))


def some_nan(mesh: Arrays, value: float = np.nan) -> Arrays:
    """A few vertices without a place."""
    points = mesh[0].copy()
    points[np.random.default_rng(1).integers(0, len(points), 6), 1] = value
    return arrays(points, mesh[1])


def half_turned(mesh: Arrays) -> Arrays:
    """Every face wound at random."""
    faces = mesh[1].copy()
    some = np.random.default_rng(2).random(len(faces)) < 0.5
    faces[some] = faces[some][:, ::-1]
    return arrays(mesh[0], faces)


def inner_shell_joined() -> Arrays:
    """A closed ball and, inside, another that hangs on it by a web: one component, edges of three faces."""
    outer, inner = uv_sphere(24, 48), moved(uv_sphere(24, 48), scale=0.6)
    both = together(outer, inner)
    j = 11 * 48 + np.arange(48)
    k, n = np.roll(j, -1), len(outer[0])
    web = np.concatenate((np.stack((j, k, k + n), 1), np.stack((j, k + n, j + n), 1)))
    return arrays(both[0], np.concatenate((both[1], web)))


def figure_eight() -> Arrays:
    """A tube along a flat figure eight: closed, and it runs through itself."""
    u, v = np.meshgrid(2 * np.pi * np.arange(96) / 96, 2 * np.pi * np.arange(16) / 16, indexing="ij")
    centre = np.stack((np.sin(u), 0 * u, np.sin(u) * np.cos(u)), axis=-1)
    along = np.stack((np.cos(u), 0 * u, np.cos(2 * u)), axis=-1)
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    side = np.cross(along, (0.0, 1.0, 0.0))
    points = centre + 0.15 * (np.cos(v)[..., None] * side + np.sin(v)[..., None] * np.array((0.0, 1.0, 0.0)))
    return arrays(points, grid_faces(96, 16, (True, True)))


def double_wall() -> Arrays:
    """A thin closed skin of a ball with a small hole from outside to inside, as an unsigned field's surface has."""
    lower = 24 * 7 // 8
    outer, inner = cap(1.0, lower), cap(0.97, lower)
    both = together(outer, (inner[0], inner[1][:, ::-1]))
    n, j = len(outer[0]), (lower - 1) * 48 + np.arange(48)
    k = np.roll(j, -1)
    rim = np.concatenate((np.stack((j, j + n, k), 1), np.stack((k, j + n, k + n), 1)))
    return arrays(both[0], np.concatenate((both[1], rim)))


def cap(radius: float, stacks: int) -> Arrays:
    """The top `stacks` of 24 of a ball, open below; its last 48 vertices but one are the rim."""
    points, faces = uv_sphere(24, 48)
    keep = stacks * 48
    body = np.concatenate((points[:keep], points[-2:-1]))
    index = np.full(len(points), -1)
    index[:keep], index[-2] = np.arange(keep), keep
    faces = index[faces]
    return arrays(body * radius, faces[(faces >= 0).all(axis=1)])


def moebius() -> Arrays:
    """A strip with one side."""
    return twisted(np.linspace(-0.3, 0.3, 5))


def twisted(across: NDArray[np.float64]) -> Arrays:
    """A strip of half a turn; `across` are its places from edge to edge, symmetric about 0."""
    u, s = np.meshgrid(np.linspace(0, 2 * np.pi, 60, endpoint=False), across, indexing="ij")
    r = 1 + s * np.cos(u / 2)
    points = np.stack((r * np.cos(u), s * np.sin(u / 2), r * np.sin(u)), axis=-1)
    n = len(across)
    faces = grid_faces(60, n, (False, False))
    j, last = np.arange(n - 1), 59 * n
    turn = np.concatenate(
        (
            np.stack((last + j, n - 1 - j, n - 2 - j), 1),
            np.stack((last + j, n - 2 - j, last + j + 1), 1),
        )
    )
    return arrays(points, np.concatenate((faces, turn)))


def klein() -> Arrays:
    """The figure-eight Klein bottle: closed, one side, runs through itself."""
    rows, columns = 60, 24
    u, v = np.meshgrid(2 * np.pi * np.arange(rows) / rows, 2 * np.pi * np.arange(columns) / columns, indexing="ij")
    r = 1.2 + 0.6 * (np.cos(u / 2) * np.sin(v) - np.sin(u / 2) * np.sin(2 * v))
    y = 0.6 * (np.sin(u / 2) * np.sin(v) + np.cos(u / 2) * np.sin(2 * v))
    points = np.stack((r * np.cos(u), y, r * np.sin(u)), axis=-1)
    faces = grid_faces(rows, columns, (True, True))
    wrap = (faces >= (rows - 1) * columns).any(axis=1) & (faces < columns).any(axis=1)
    low = faces[wrap]  # the seam joins v to -v
    faces[wrap] = np.where(low < columns, (-low) % columns, low)
    return arrays(points, faces)


def projective() -> Arrays:
    """The Roman surface: a closed projective plane, one side, runs through itself."""
    rows, columns = 24, 48
    p, t = np.meshgrid(
        np.pi / 2 * np.arange(1, rows + 1) / rows, 2 * np.pi * np.arange(columns) / columns, indexing="ij"
    )
    x, y, z = np.sin(p) * np.cos(t), np.sin(p) * np.sin(t), np.cos(p)
    points = np.stack((y * z, x * y, x * z), axis=-1).reshape(-1, 3)  # of a half ball
    faces = grid_faces(rows, columns, (False, True))
    pole, j = len(points), np.arange(columns)
    fan = np.stack((np.full(columns, pole), j, (j + 1) % columns), 1)
    faces = np.concatenate((faces, fan))
    rim = (rows - 1) * columns
    opposite = rim + (faces - rim) % (columns // 2)  # opposite points of the equator are one
    return arrays(np.concatenate((points, [[0, 0, 0]])), np.where((faces >= rim) & (faces < pole), opposite, faces))


CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float64)
CUBE_FACES = np.array(
    [
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ]
)  # fmt: skip


def boxes_touching(shared: int) -> Arrays:
    """Two boxes that share one vertex or one edge, welded there."""
    by = np.array((1.0, 1.0, 0.0 if shared == 2 else 1.0))
    points, faces = np.concatenate((CUBE, CUBE + by)), np.concatenate((CUBE_FACES, CUBE_FACES + 8))
    _, first, index = np.unique(points, axis=0, return_index=True, return_inverse=True)
    return arrays(points[first], index.reshape(-1)[faces])


def soup(count: int) -> Arrays:
    """Triangles of any size anywhere in a unit box."""
    rng = np.random.default_rng(3)
    middle, corner = rng.random((count, 1, 3)), rng.normal(0, 0.04, (count, 3, 3))
    return arrays(middle + corner, np.arange(3 * count))


def specks(count: int) -> Arrays:
    """Tiny tetrahedra through a ball: all floaters, or none."""
    rng = np.random.default_rng(4)
    where = rng.normal(size=(count, 3))
    where *= (rng.random((count, 1)) ** (1 / 3)) / np.linalg.norm(where, axis=1, keepdims=True)
    corner = 0.01 * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    faces = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]])
    return arrays(where[:, None] + corner, (4 * np.arange(count)[:, None, None] + faces))


def slivers() -> Arrays:
    """A box whose top is cut into triangles a millionth as wide as long, all meeting the rest edge to edge."""
    n = 400
    t = np.concatenate(([0.0], np.cumsum(np.where(np.arange(n) % 2, 1e-6, 2.0 / n)), [1.0]))
    t = np.unique(np.clip(t, 0, 1))
    profile = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    points = np.stack((np.repeat(t, 4), np.tile(profile[:, 0], len(t)), np.tile(profile[:, 1], len(t))), axis=1)
    faces = grid_faces(len(t), 4, (False, True))
    last = 4 * (len(t) - 1)
    return arrays(
        points,
        np.concatenate(
            (faces[:, ::-1], [[0, 2, 1], [0, 3, 2], [last, last + 1, last + 2], [last, last + 2, last + 3]])
        ),
    )


def needle() -> Arrays:
    """Three open triangles ten thousand times as long as wide."""
    points = [[0, 0, 0], [1e-4, 0, 0], [0, 0, 1e-4], [0, 1, 0]]
    return arrays(points, [[0, 1, 3], [1, 2, 3], [2, 0, 3]])


def bucket() -> Arrays:
    """An open cup of no thickness: side and bottom."""
    turn = 2 * np.pi * np.arange(48) / 48
    height = np.linspace(0, 1, 13)
    h, t = np.meshgrid(height, turn, indexing="ij")
    r = 0.35 + 0.1 * h
    points = np.concatenate((np.stack((r * np.sin(t), h, r * np.cos(t)), axis=-1).reshape(-1, 3), [[0, 0, 0]]))
    j = np.arange(48)
    bottom = np.stack((np.full(48, len(points) - 1), (j + 1) % 48, j), 1)
    return arrays(points, np.concatenate((grid_faces(13, 48, (False, True))[:, ::-1], bottom)))


def helmet() -> Arrays:
    """An open half ball of no thickness with a window in front."""
    points, faces = cap(0.5, 13)
    middle = points[faces].mean(axis=1)
    window = (middle[:, 2] > 0.25) & (np.abs(middle[:, 0]) < 0.25) & (middle[:, 1] < 0.3) & (middle[:, 1] > 0.05)
    return arrays(points, faces[~window])


def holed(count: int) -> Arrays:
    """A ball with `count` faces missing, here one, there a few."""
    points, faces = uv_sphere(60, 120)
    rng = np.random.default_rng(5)
    middle = points[faces].mean(axis=1)
    gone = np.zeros(len(faces), bool)
    for at in middle[rng.choice(len(faces), count, replace=False)]:
        gone |= np.linalg.norm(middle - at, axis=1) < rng.choice((0.005, 0.05))
    return arrays(points, faces[~gone])


def unwelded(mesh: Arrays) -> Arrays:
    """Every face with corners of its own, jittered by a ten-millionth."""
    corners = mesh[0][mesh[1]].reshape(-1, 3).astype(np.float64)
    return arrays(corners + np.random.default_rng(6).normal(0, 1e-7, corners.shape), np.arange(len(corners)))


def t_junctions() -> Arrays:
    """A box whose sides are cut finer than its top: cracks of no width."""
    box, (points, faces) = CUBE, sheet(5, 5)
    front = points @ np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float64)
    keep = ~(box[CUBE_FACES][..., 2] == 0).all(axis=1)
    return together(arrays(box, CUBE_FACES[keep]), arrays(front, faces[:, ::-1]))
