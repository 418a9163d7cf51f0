"""`python -m runner` is the `muster` command."""

import sys

from runner.cli.main import main

sys.exit(main())
