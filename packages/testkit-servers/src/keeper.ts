/**
 * Runs a server and lives exactly as long as the process that wants it. Its standard input is a pipe that the test process
 * holds: when that is closed, by `stop` or because the test process died in whatever way, the server is asked to end,
 * then its whole process group is ended and its folder removed. The keeper is the leader of that group, so what belongs to
 * somebody else is never touched.
 *
 * Called as `sh -c KEEPER keeper FOLDER GRACE PROGRAM ARGUMENTS…`; ends with the code of the server when that ends first.
 */
export const KEEPER = `
folder=$1 grace=$2
shift 2
exec 3<&0
"$@" < /dev/null 3<&- &
server=$!
(
  cat <&3 > /dev/null
  kill -TERM $server 2> /dev/null
  while [ $grace -gt 0 ] && kill -0 $server 2> /dev/null; do sleep 0.02; grace=$((grace - 20)); done
  rm -rf "$folder"
  kill -KILL 0
) &
exec 3<&-
wait $server
`
