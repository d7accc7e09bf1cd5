// Preloaded into the program: it sends itself the signals that the environment names as soon as it has printed so many
// lines that match. So a signal comes at the same moment of its work on a machine of any speed.
const { pattern, occurrence, signals } = JSON.parse(process.env.TERCET_SIGNAL_ITSELF)
const wanted = new RegExp(pattern)
const write = process.stdout.write
let found = 0
process.stdout.write = function (text, ...rest) {
  const result = write.call(this, text, ...rest)
  if (found < occurrence && wanted.test(text) && ++found === occurrence)
    for (const signal of signals) process.kill(process.pid, signal)
  return result
}
