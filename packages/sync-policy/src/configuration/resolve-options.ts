import type { ConfigurationObject } from './configuration-object.ts'
import { type OptionValue, resolveOptionValue } from './option-value.ts'
import type { SyncOptionScope, SyncOptions, SyncRunOptions } from './sync-option.ts'
import { syncOptionsOf } from './sync-options.ts'

type Values = Readonly<Record<string, OptionValue | undefined>>

/** All options of a destination, checked, with their defaults. Those of backends are not among them. */
export function resolveSyncOptions(object: ConfigurationObject): SyncOptions {
  const { dstOptions: _, globalOptions: __, ...options } = resolve(object, 'destination')
  return options as unknown as SyncOptions
}

export function resolveRunOptions(object: ConfigurationObject): SyncRunOptions {
  return resolve(object, 'run') as unknown as SyncRunOptions
}

/** Pairs of `key=value`; none where nothing is given. */
export function pairsAt(object: ConfigurationObject, name: string): Readonly<Record<string, string>> {
  const value = object.get(name) ?? []
  return resolveOptionValue({ kind: 'pairs' }, value, object.at(name)) as Record<string, string>
}

function resolve(object: ConfigurationObject, scope: SyncOptionScope): Values {
  const values: Record<string, OptionValue | undefined> = {}
  for (const { name, property, type, default: fallback } of syncOptionsOf(scope)) {
    const given = object.get(name)
    values[property] = given === undefined ? fallback : resolveOptionValue(type, given, object.at(name))
  }
  return values
}
