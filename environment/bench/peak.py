"""Runs a command to its end and prints the peak of its resident memory, in KiB, as the last line of stderr."""

import resource
import subprocess
import sys

status = subprocess.run(sys.argv[1:], stdin=sys.stdin).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
