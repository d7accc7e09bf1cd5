import type { Issue } from '@tercet/interface'
import { displayUrl } from '../place/display-url.ts'
import type { SyncDestination } from './configuration.ts'
import { ConfigurationObject, type MisplacedKeys } from './configuration-object.ts'
import { DECLARATION_KEYS, parseDeclaration } from './parse-declaration.ts'
import { parseTrigger, TRIGGER_KEYS } from './parse-trigger.ts'
import { rejected } from './reject.ts'
import { pairsAt, resolveSyncOptions } from './resolve-options.ts'
import { syncOptionsOf } from './sync-options.ts'

/** Every key of a destination. `sync-database-path` belongs to another operation of Duplicati and is not used. */
export const DESTINATION_KEYS = [
  'url',
  'id',
  ...TRIGGER_KEYS,
  ...syncOptionsOf('destination').map(({ name }) => name),
  ...DECLARATION_KEYS,
  'sync-database-path'
]

const MISPLACED: MisplacedKeys = {
  confirm: 'after a backup nothing is asked',
  'src-options': 'options of the primary are said once for all destinations, as "sync-options"',
  'sync-options': 'it stands beside "destinations", not in one of them',
  ...Object.fromEntries(
    [...syncOptionsOf('run').map(({ name }) => name), 'sync-on-warnings', 'sync-on-partial'].map((name) => [
      name,
      'it stands beside "destinations", not in one of them'
    ])
  )
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/** One destination as it is written; its id is empty unless it names one. */
export function parseDestination(
  value: unknown,
  index: number,
  where: string,
  onIssue: (issue: Issue) => void
): SyncDestination {
  const object = new ConfigurationObject(value, where, DESTINATION_KEYS, MISPLACED)
  const url = object.text('url') ?? ''
  const trigger = parseTrigger(object, () =>
    onIssue({
      code: 'SYNC_TRIGGER_AMBIGUOUS',
      severity: 'warning',
      message: `${where} has an interval and a count, and no mode: the interval is used`
    })
  )
  object.text('sync-database-path')
  const globalOptions = pairsAt(object, 'global-options')
  return {
    index,
    id: idOf(object),
    url,
    isBlank: url.trim() === '',
    displayName: displayUrl(url),
    trigger,
    options: resolveSyncOptions(object),
    backendOptions: Object.assign(Object.create(null), globalOptions, pairsAt(object, 'dst-options')),
    globalOptions,
    declared: parseDeclaration(object)
  }
}

function idOf(object: ConfigurationObject): string {
  const id = object.text('id')
  if (id === undefined || ID.test(id)) return id ?? ''
  throw rejected(
    'CONFIG_INVALID_VALUE',
    object.at('id'),
    'must be 1 to 64 letters, digits, dots, hyphens and underscores'
  )
}
