# Sourced by the commands next to it: find a Python to start with and go to the checkout.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

for python in python3 python3.14 python3.13 python3.12 python3.11; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    break
  fi
  python=""
done
if [[ -z $python ]]; then
  echo "Python 3.11 or later is needed to start with; install python3 with your system's packages." >&2
  exit 1
fi
