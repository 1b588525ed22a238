import subprocess
import sys


def test_reporting_loads_neither_torch_nor_pyplot() -> None:
    code = (
        "import sys, rnngraph.reporting; "
        "print([m for m in ('torch', 'matplotlib.pyplot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
