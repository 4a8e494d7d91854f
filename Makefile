# make demo: set up and run the main job. make test: set up and run the tests. Windows: see README.md.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: demo test lint bench geometry surfaces generator prior strangers soak sweep rules clean
demo: $(STAMP)
	$(BIN)/dropforge demo --out outbox

test: $(STAMP)
	$(BIN)/python -m pytest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP)
	$(BIN)/python -m pytest tests/bench --benchmark-enable --benchmark-only

# Eight hours of studio life, faster than life, with kills, full disks and clock jumps; writes tests/watch/soak.md.
soak: $(STAMP)
	DROPFORGE_SOAK_REPORT=tests/watch/soak.md $(BIN)/python -m pytest -m slow tests/watch

# Writes tests/bench/geometry.md. With DROPFORGE_BPY and the evaluation data it measures more.
geometry: $(STAMP)
	$(BIN)/python -m tests.bench.geometry_table

# Writes slots.md, light.md and bake.md of tests/bench. Need ../shared; with DROPFORGE_BPY beside Blender's Cycles.
surfaces: $(STAMP)
	$(BIN)/python -m tests.bench.slots_table
	$(BIN)/python -m tests.bench.light_table
	$(BIN)/python -m tests.bench.bake_table

# Writes tests/bench/generator.md: the embedded generator over the evaluation props and over held-out training props.
generator: $(STAMP)
	$(BIN)/python -m tests.bench.generator_table

# Trains the embedded generator's networks and the shading network anew, hours on a CPU, into build/prior; what ships
# is copied by hand.
prior: $(STAMP)
	$(BIN)/python -m toolchain.generate.learned.training.fit ../shared/train build/prior
	$(BIN)/python -m toolchain.surface.learned.training.fit ../shared/train build/prior

# Writes tests/bench/strangers.md: our files as other readers see them. Needs ../shared. DROPFORGE_BPY, DROPFORGE_GODOT
# and DROPFORGE_NODE_MODULES (gltf-validator, @google/model-viewer) name readers that pip cannot bring.
strangers: $(STAMP)
	$(BIN)/python -m tests.bench.strangers_table

# The long runs: every concept picture and view set beside the checkout. Needs ../shared.
sweep: $(STAMP)
	$(BIN)/python -m pytest -m slow

rules: $(STAMP)
	$(BIN)/python -m validators.rules.docs

# torch is named by itself and first: a range could bring its GPU build, several GB.
$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable ".[dev,cutout]"
	touch $(STAMP)

clean:
	rm -rf $(VENV) outbox build *.egg-info
