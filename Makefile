# Two commands set everything up: `make demo` and `make test`. The rest are their parts.
VENV := .venv
BIN := $(VENV)/bin
LAB := .lab/lab/hosts.yml

.PHONY: demo test check playbook-lint fast lint types imports target-syntax lab-up lab-down lab-tests test-vm test-kubernetes conformance verify bench tuning test-browser clean

demo: $(VENV)/ready
	$(BIN)/muster lab up
	$(BIN)/muster play -i $(LAB) playbooks/site.yml
	$(BIN)/muster verify -i $(LAB)
	@echo "Second run: nothing may change."
	$(BIN)/muster play -i $(LAB) playbooks/site.yml

test: check lab-tests

check: lint types imports target-syntax playbook-lint fast

lint: $(VENV)/ready
	$(BIN)/ruff check .

types: $(VENV)/ready
	$(BIN)/mypy

imports: $(VENV)/ready
	$(BIN)/lint-imports

target-syntax: $(VENV)/ready
	$(BIN)/vermin --no-tips --violations -t=3.6- runner/target

playbook-lint: $(VENV)/ready
	$(BIN)/muster lint playbooks roles inventory drills

fast: $(VENV)/ready
	$(BIN)/python -m pytest -m "not lab and not vm and not slow"

lab-tests: $(VENV)/ready
	$(BIN)/python -m pytest -m "(lab or slow) and not vm"

# On a kernel of its own, under QEMU: needs root, no Docker. Without KVM some twenty minutes on two idle cores, half an hour on busy ones.
test-vm: $(VENV)/ready
	$(BIN)/python -m pytest -m vm tests/vm

# A cluster of the real parts of Kubernetes, from a folder as tests/roles/kubernetes/real.py describes it; NEWER, if given, is upgraded to. Some 20 minutes.
test-kubernetes: $(VENV)/ready
	MUSTER_KUBERNETES_BINARIES=$(BINARIES) $(if $(NEWER),MUSTER_KUBERNETES_NEWER=$(NEWER)) $(BIN)/python -m pytest -v tests/roles/kubernetes/test_real.py

# The drill's page in a real browser: needs Chromium, 300 MB of packages that CI goes without (there these tests are skipped).
test-browser: $(VENV)/ready
	for each in chromium-headless-shell chromium google-chrome; do command -v $$each && exit; done; \
	apt-get install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core
	$(BIN)/python -m pytest tests/drill/test_page_in_browser.py

lab-up: $(VENV)/ready
	$(BIN)/muster lab up

lab-down: $(VENV)/ready
	$(BIN)/muster lab down

# The peer's own suite (fetched into a cache), with muster and with the peer itself, which says what counts; makes its own lab hosts.
conformance: $(VENV)/ready
	$(BIN)/python -m tests.conformance.run --reference --lab $(CONFORMANCE)

verify: $(VENV)/ready
	$(BIN)/muster verify -i $(LAB)

# Settings of keepalived compared by the same drill, ten runs of two cases each, on a lab of its own: about an hour.
tuning: $(VENV)/ready
	$(BIN)/python drills/tuning/measure.py $(TUNING)

bench: $(VENV)/ready
	$(BIN)/python bench/run.py --growth $(BENCH)

$(VENV)/ready: pyproject.toml .ci/python-env
	.ci/python-env $(VENV)
	touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache
