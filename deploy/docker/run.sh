#!/bin/sh
# Runs the program that the first argument names, with the others: the program becomes process 1, so that it hears a stop itself.
set -eu
program=${1:-}
file=/opt/surety/apps/$program/dist/program.mjs
case $program in
  aggregator | keeper | operator | relayer | watcher) ;;
  *)
    echo "program is \"$program\"; expected aggregator, keeper, operator, relayer or watcher" >&2
    exit 2
    ;;
esac
shift
exec node "$file" "$@"
