import { folderAbove, isBelow } from './paths.ts'

/** What a journal need not watch, because nobody will ever ask for it. Plain functions, asked for each folder and file. */
export interface WatchGate {
  /** Whether anything in this folder may be asked for; false: it is not watched at all. */
  entersFolder(path: string): boolean
  /** Whether this path may be asked for; false: nothing is noted of it. */
  isWanted(path: string): boolean
  /** Names of entries that change what {@link WatchGate.entersFolder} says of the folder that holds them. */
  readonly markerNames: readonly string[]
}

/** Everything is wanted. */
export const OPEN_GATE: WatchGate = { entersFolder: () => true, isWanted: () => true, markerNames: [] }

/** Whether a scan of `root` comes to this folder, at or below it. */
export function isReached(folder: string, root: string, isEntered: (folder: string) => boolean): boolean {
  for (let at = folder; at !== root && isBelow(at, root); at = folderAbove(at))
    if (!isEntered(at)) return false
  return true
}

/** A module with a function that makes a gate, so that the watching thread can have one of its own. */
export interface GateModule {
  /** URL of the module. */
  readonly module: string
  /** Name of the function that it exports; it is called with `data` and returns a {@link WatchGate}. */
  readonly make: string
  /** Survives a structured clone. */
  readonly data: unknown
}

export async function loadGate(gate: GateModule | undefined): Promise<WatchGate> {
  if (gate === undefined) return OPEN_GATE
  const exported = (await import(gate.module)) as Record<string, (data: unknown) => WatchGate>
  return exported[gate.make]!(gate.data)
}
