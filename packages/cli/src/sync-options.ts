import { SYNC_OPTIONS, type SyncOption } from '@tercet/sdk/settings'
import type { OwnOption } from './command-spec.ts'

/** Those that are in the short help. */
const COMMON = [
  'dry-run',
  'confirm',
  'retention',
  'verify-contents',
  'delete-order',
  'mirror-all',
  'dst-options',
  'log-file'
]

/** The cache of volumes belongs to the backup that makes them. */
const WITHOUT = ['sync-cache-max-size']

/** The options of replication as the command line has them. */
export const SYNC_COMMAND_OPTIONS: readonly OwnOption[] = [
  ...SYNC_OPTIONS.filter(({ name }) => !WITHOUT.includes(name)).map(ownOption),
  {
    option: 'remote-sync-config',
    value: 'json|file',
    description: 'Take the replicas and their options from a configuration'
  }
]

function ownOption({ name, aliases, type, default: fallback, description }: SyncOption): OwnOption {
  const usual = fallback === undefined || type.kind === 'boolean' ? '' : ` [${fallback}]`
  return {
    option: name,
    aliases,
    value: valueName(type),
    isValueOptional: type.kind === 'contents',
    description: `${description}${fallback === true ? ' [true]' : usual}`,
    repeatable: type.kind === 'pairs',
    common: COMMON.includes(name)
  }
}

function valueName(type: SyncOption['type']): string | undefined {
  switch (type.kind) {
    case 'boolean':
      return undefined
    case 'choice':
      return type.choices.length > 3 ? 'name' : type.choices.join('|')
    case 'contents':
      return 'depth'
    case 'integer':
      return 'n'
    case 'milliseconds':
      return 'ms'
    case 'pairs':
      return 'key=value'
    default:
      return type.kind
  }
}
