"""The command `dynatape`."""

import signal
import sys

from ._native import main as run


def main() -> None:
    """Runs the command with the arguments of the process."""
    # It has handlers of its own; Python's would only run when it has ended.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
