import * as fs from 'node:fs'
import * as path from 'node:path'

/** Operations in the order in which a round runs them. */
export const OPERATIONS = [
  'initial',
  'unchanged',
  'changed',
  'restore',
  'restore-one',
  'check',
  'recreate'
] as const
export type Operation = (typeof OPERATIONS)[number]

/** Where one tool works in one round. */
export interface Place {
  readonly repository: string
  readonly cache: string
  /** The folder that is backed up. */
  readonly live: string
  /** Where to restore to. */
  readonly out: string
  /** A file of the source, relative to `live`. */
  readonly oneFile: string
}

export interface Tool {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  /** Made before the first backup, not measured. */
  init(place: Place): readonly string[] | undefined
  /** The command of an operation; undefined where the tool has none. */
  command(operation: Operation, place: Place): readonly string[] | undefined
  /** The restored copy of `live` after `restore`. */
  restored(place: Place): string
}

const PASSWORD = 'benchmark'

/** `extra`: options of the backups. */
function tercet(name: string, ...extra: string[]): Tool {
  const program = path.join(import.meta.dirname, '../../packages/cli/bin/tercet.js')
  return {
    name,
    environment: { PASSPHRASE: PASSWORD },
    init(place) {
      fs.mkdirSync(place.repository, { recursive: true })
      fs.mkdirSync(place.cache, { recursive: true })
      return undefined
    },
    command(operation, place) {
      const url = `file://${place.repository}`
      const catalog = path.join(place.cache, 'catalog.sqlite')
      const common = [`--dbpath=${catalog}`]
      const run = (command: string, ...rest: string[]) => [
        process.execPath,
        program,
        command,
        url,
        ...rest,
        ...common
      ]
      switch (operation) {
        case 'initial':
        case 'unchanged':
        case 'changed':
          return run('backup', place.live, '--backup-test-samples=0', ...extra)
        case 'restore':
          return run('restore', `--restore-path=${place.out}`)
        case 'restore-one':
          return run('restore', path.join(place.live, place.oneFile), `--restore-path=${place.out}`)
        case 'check':
          return run('test', 'all')
        case 'recreate':
          for (const file of fs.readdirSync(place.cache))
            fs.rmSync(path.join(place.cache, file), { recursive: true })
          return run('repair')
      }
    },
    restored: (place) => place.out
  }
}

const restic: Tool = {
  name: 'restic',
  environment: { RESTIC_PASSWORD: PASSWORD },
  init: (place) => ['restic', '-q', '-r', place.repository, '--cache-dir', place.cache, 'init'],
  command(operation, place) {
    const run = (...rest: string[]) => [
      'restic',
      '-q',
      '-r',
      place.repository,
      '--cache-dir',
      place.cache,
      ...rest
    ]
    switch (operation) {
      case 'initial':
      case 'unchanged':
      case 'changed':
        return run('backup', place.live)
      case 'restore':
        return run('restore', 'latest', '--target', place.out)
      case 'restore-one':
        return run(
          'restore',
          'latest',
          '--target',
          place.out,
          '--include',
          path.join(place.live, place.oneFile)
        )
      case 'check':
        return run('check', '--read-data')
      case 'recreate':
        return undefined
    }
  },
  restored: (place) => path.join(place.out, place.live)
}

const borg: Tool = {
  name: 'borg',
  environment: {
    BORG_PASSPHRASE: PASSWORD,
    BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes'
  },
  init: (place) => ['borg', 'init', '-e', 'repokey-blake2', place.repository],
  command(operation, place) {
    switch (operation) {
      case 'initial':
      case 'unchanged':
      case 'changed':
        return ['borg', 'create', '--compression', 'zstd,3', `${place.repository}::${operation}`, place.live]
      case 'restore':
        return [
          'sh',
          '-c',
          'cd "$1" && exec borg extract "$2"',
          'sh',
          place.out,
          `${place.repository}::changed`
        ]
      case 'restore-one': {
        const stored = path.join(place.live, place.oneFile).slice(1)
        const script = 'cd "$1" && exec borg extract "$2" "$3"'
        return ['sh', '-c', script, 'sh', place.out, `${place.repository}::changed`, stored]
      }
      case 'check':
        return ['borg', 'check', '--verify-data', place.repository]
      case 'recreate':
        return undefined
    }
  },
  restored: (place) => path.join(place.out, place.live)
}

/** The tools that can be compared; `tercet` is this checkout with its defaults. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  tercet: tercet('tercet'),
  'tercet-deflate': tercet('tercet-deflate', '--compression=deflate:1'),
  /** On the set `big`: a million blocks. */
  'tercet-small-blocks': tercet('tercet-small-blocks', '--blocksize=2kb'),
  'tercet-1-worker': tercet('tercet-1-worker', '--workers=1'),
  'tercet-2-workers': tercet('tercet-2-workers', '--workers=2'),
  'tercet-4-workers': tercet('tercet-4-workers', '--workers=4'),
  restic,
  borg
}
