/** Reads the backup, so that the page stays alive: one destination, one version at a time. */
import { type DestinationReader, openDestination } from '@tercet/core/portable'
import type { Answer, CallName, Calls, Request } from './messages.ts'
import { saveFiles } from './save-files.ts'
import { itemOf, VersionTree } from './version-tree.ts'
import { openPlace } from './volume-sources.ts'

let destination: DestinationReader | undefined
let tree = new VersionTree()

type Handlers = {
  [Name in CallName]: (
    request: Calls[Name]['request'],
    onProgress: (text: string) => void
  ) => Promise<Calls[Name]['response']>
}

const handlers: Handlers = {
  async open({ place, passphrase, prefix }) {
    destination?.[Symbol.dispose]()
    destination = undefined
    destination = await openDestination({
      source: openPlace(place),
      passphrase: passphrase === '' ? undefined : passphrase,
      prefix: prefix === '' ? undefined : prefix
    })
    return { versions: destination.versions.map(({ number, time }) => ({ number, time: time.getTime() })) }
  },

  async version({ number }, onProgress) {
    const read = new VersionTree()
    let entries = 0
    let problems = 0
    for await (const batch of opened().entries(number, { onProblem: () => problems++ })) {
      for (const entry of batch) read.add(entry)
      entries += batch.length
      onProgress(`${entries} entries`)
    }
    tree = read
    return { root: itemOf(tree.start), problems }
  },

  children: async ({ id, from }) => tree.children(id, from),

  save: ({ ids, to }, onProgress) =>
    saveFiles(
      opened(),
      ids.map((id) => tree.node(id)),
      to,
      onProgress
    )
}

function opened(): DestinationReader {
  if (destination === undefined) throw new Error('No backup is open')
  return destination
}

const answer = (message: Answer) => self.postMessage(message)

/** One after the other: a destination reads one thing at a time. */
let previous: Promise<void> = Promise.resolve()

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  previous = previous.then(() => handle(data))
})

async function handle({ id, call, request }: Request): Promise<void> {
  const onProgress = (progress: string) => answer({ id, progress })
  try {
    const handler = handlers[call] as (
      request: unknown,
      onProgress: (text: string) => void
    ) => Promise<unknown>
    answer({ id, response: await handler(request, onProgress) })
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown }
    answer({ id, error: { code: String(code ?? 'ERROR'), message: String(message ?? error) } })
  }
}
