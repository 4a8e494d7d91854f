"""Example concepts of our own, drawn by `python -m toolchain.demo.draw`; the 3D truth behind them is in props.py."""

from pathlib import Path

CONCEPTS = Path(__file__).parent / "concepts"
