import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { loadNative } from '@tercet/native'
import { JournalHost } from './journal-host.ts'
import type { ThreadAnswer, ThreadRequest, ThreadSetup } from './thread-messages.ts'

const TICK_MS = 1000

/**
 * The watching thread. It sleeps in the kernel until something happens or somebody asks, so that it costs nothing while
 * nothing happens, and so that a busy event loop elsewhere cannot make the kernel's queue run over.
 */
async function watch(port: MessagePort, { host: setup, signal }: ThreadSetup): Promise<void> {
  const native = loadNative()!
  const { fileEvents } = native.posix!
  const say = (answer: ThreadAnswer) => port.postMessage(answer)
  using host = await JournalHost.start(native, setup, {
    onBatch: (batch) => say({ type: 'batch', batch }),
    onIssue: (issue) => say({ type: 'issue', issue })
  })
  say({ type: 'ready', method: host.method })
  let isResting = false
  let tickedAt = performance.now()
  for (;;) {
    const waitedFor = isResting ? [signal] : [signal, host.events]
    const ready = fileEvents!.wait(waitedFor, [host.mounts], isResting ? host.restMs : TICK_MS)
    const asked = ready[0]
    const events: boolean = !isResting && ready[1] === true
    if (ready[waitedFor.length]) host.takeMounts()
    if (events) host.takeEvents()
    if (performance.now() - tickedAt >= TICK_MS) {
      host.tick()
      tickedAt = performance.now()
    }
    isResting = events && host.restMs > 0
    host.answer()
    if (asked) fileEvents!.lower(signal)
    // Looked for even without a signal: a lost one would hang whoever waits for the answer.
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const request = next.message as ThreadRequest
      if (request.type === 'close') return
      say(answerTo(request, host))
    }
  }
}

function answerTo(request: Exclude<ThreadRequest, { type: 'close' }>, host: JournalHost): ThreadAnswer {
  const { id } = request
  try {
    if (request.type === 'changes') return { type: 'changes', id, changes: host.changes() }
    host.settle(request.cursor, request.baseline)
    return { type: 'settled', id }
  } catch (error) {
    return { type: 'failed', id, message: (error as Error).message }
  }
}

const port = parentPort
if (port !== null) {
  watch(port, workerData as ThreadSetup).then(
    () => port.close(),
    (error: Error & { code?: string }) => {
      port.postMessage({ type: 'broken', code: error.code, message: error.message } satisfies ThreadAnswer)
      port.close()
    }
  )
}
