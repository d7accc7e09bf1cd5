import { element } from './element.ts'
import { formatBytes, formatTime } from './format.ts'
import type { Place, SaveTo } from './messages.ts'
import { TreeView } from './tree-view.ts'
import { WorkerClient, WorkerFailure } from './worker-client.ts'

const byId = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type

const status = byId('status')
const versions = byId<HTMLSelectElement>('versions')
const save = byId<HTMLButtonElement>('save')

const client = new WorkerClient(startWorker())
const tree = new TreeView(
  byId('tree'),
  (id, from) => client.call('children', { id, from }),
  () => {
    const chosen = [...tree.chosen.values()]
    const bytes = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    save.disabled = chosen.length === 0
    save.textContent = chosen.length === 0 ? 'Save' : `Save ${formatBytes(bytes)}`
  }
)

/** The worker is in this very file, so that the page is all there is. */
function startWorker(): Worker {
  const text = byId('worker').textContent ?? ''
  return new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })))
}

function say(text: string, isError = false): void {
  status.textContent = text
  status.classList.toggle('error', isError)
}

/** Runs one step of the user; whatever goes wrong is said. */
async function step(action: () => Promise<void>): Promise<void> {
  document.body.setAttribute('aria-busy', 'true')
  try {
    await action()
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') say('Nothing was chosen.')
    else say(explain(error), true)
  } finally {
    document.body.removeAttribute('aria-busy')
  }
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof WorkerFailure)) return message
  if (error.code === 'CRYPTO_NO_PASSPHRASE')
    return 'This backup is encrypted: enter its passphrase, then open it again.'
  return `${message} (${error.code})`
}

async function open(place: Place): Promise<void> {
  say('Opening…')
  byId('backup').hidden = true
  const passphrase = byId<HTMLInputElement>('passphrase').value
  const prefix = byId<HTMLInputElement>('prefix').value
  const opened = await client.call('open', { place, passphrase, prefix })
  versions.replaceChildren(
    ...opened.versions.map(({ number, time }) =>
      element('option', { value: String(number) }, formatTime(time / 1000))
    )
  )
  byId('backup').hidden = false
  await showVersion()
}

async function showVersion(): Promise<void> {
  const { root, problems } = await client.call('version', { number: Number(versions.value) }, say)
  await tree.show(root)
  const note = problems === 0 ? '' : ` ${problems} entries cannot be used and are left out.`
  say(`${versions.length} versions.${note}`)
}

async function chooseTarget(): Promise<SaveTo> {
  const [only, second] = tree.chosen.values()
  const isSingle = only?.type === 'File' && second === undefined
  if (isSingle && window.showSaveFilePicker !== undefined) {
    return { kind: 'file', file: await window.showSaveFilePicker({ suggestedName: only.name }) }
  }
  if (!isSingle && window.showDirectoryPicker !== undefined) {
    return { kind: 'folder', folder: await window.showDirectoryPicker({ id: 'restore', mode: 'readwrite' }) }
  }
  return { kind: 'download' }
}

async function saveChosen(): Promise<void> {
  const to = await chooseTarget()
  const saved = await client.call('save', { ids: [...tree.chosen.keys()], to }, say)
  if (saved.download !== undefined) {
    const url = URL.createObjectURL(saved.download.blob)
    element('a', { href: url, download: saved.download.name }).click()
  }
  const links = saved.links === 0 ? '' : ` ${saved.links} links were left out: a browser cannot make them.`
  const failed = saved.failed === 0 ? '' : ` ${saved.failed} files could not be restored.`
  say(`Saved ${saved.files} files, ${formatBytes(saved.bytes)}.${links}${failed}`, saved.failed > 0)
  byId('notes').replaceChildren(
    ...saved.failures.map(({ path, message }) => element('li', { class: 'error' }, `${path}: ${message}`)),
    ...saved.renamed.map(({ path, savedAs }) => element('li', {}, `${path}: saved as ${savedAs}`))
  )
}

byId('choose').addEventListener('click', () =>
  step(async () => {
    // Without the picker, the input element asks.
    if (window.showDirectoryPicker === undefined) byId('files').click()
    else
      await open({ kind: 'folder', folder: await window.showDirectoryPicker({ id: 'backup', mode: 'read' }) })
  })
)
byId('files').addEventListener('change', () =>
  step(() => open({ kind: 'files', files: [...(byId<HTMLInputElement>('files').files ?? [])] }))
)
byId('web').addEventListener('submit', (event) => {
  event.preventDefault()
  void step(() =>
    open({ kind: 'web', url: new URL(byId<HTMLInputElement>('url').value, location.href).href })
  )
})
versions.addEventListener('change', () => step(showVersion))
save.addEventListener('click', () => step(saveChosen))
