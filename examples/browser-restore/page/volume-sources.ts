import type { VolumeSource } from '@tercet/core/portable'
import { blobAccess } from './blob-access.ts'
import { namesInListing } from './listing.ts'
import type { Place } from './messages.ts'

export function openPlace(place: Place): VolumeSource {
  switch (place.kind) {
    case 'folder':
      return folderSource(place.folder)
    case 'files':
      return fileSource(place.files)
    case 'web':
      return webSource(place.url)
  }
}

function folderSource(folder: FileSystemDirectoryHandle): VolumeSource {
  return {
    async list() {
      const names: string[] = []
      for await (const [name, { kind }] of folder) if (kind === 'file') names.push(name)
      return names
    },
    open: async (name) => blobAccess(await (await folder.getFileHandle(name)).getFile())
  }
}

/** Files of a folder that was chosen with an input element: those directly in it. */
function fileSource(files: readonly File[]): VolumeSource {
  const direct = files.filter((file) => file.webkitRelativePath.split('/').length <= 2)
  const byName = new Map(direct.map((file) => [file.name, file]))
  return {
    list: async () => [...byName.keys()],
    async open(name) {
      const file = byName.get(name)
      if (file === undefined) throw new Error(`${name} is not in the folder`)
      return blobAccess(file)
    }
  }
}

/** A folder on a web server that lists it, in one of several ways, and lets this page read it. */
function webSource(address: string): VolumeSource {
  const base = new URL(address.endsWith('/') ? address : `${address}/`)
  return {
    async list({ signal }) {
      const listing = await fetched(base, {
        signal: signal ?? null,
        headers: { accept: 'application/json, text/html' }
      })
      const names = namesInListing(await listing.text(), base)
      if (names.some((name) => name.includes('.dlist.'))) return names
      // WebDAV servers list themselves in this way only.
      const answer = await fetch(base, {
        method: 'PROPFIND',
        headers: { depth: '1' },
        signal: signal ?? null
      })
      return answer.ok ? namesInListing(await answer.text(), base) : names
    },
    async open(name, { signal }) {
      const response = await fetched(new URL(encodeURIComponent(name), base), { signal: signal ?? null })
      // Browsers put large blobs on disk.
      return blobAccess(await response.blob())
    }
  }
}

async function fetched(url: URL, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (cause) {
    throw new Error(
      `${url.href} cannot be read: the server is not there, or does not allow this page (CORS)`,
      { cause }
    )
  }
  if (!response.ok) throw new Error(`${url.href} cannot be read: the server says ${response.status}`)
  return response
}
