import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'

/** @throws ConfigurationError `CONFIG_MISSING` when there are fewer arguments than `least` */
export function needArguments(context: CommandContext, least: number, what: string): void {
  if (context.arguments.length >= least) return
  const { name, arguments: usage } = context.spec
  throw new ConfigurationError('CONFIG_MISSING', `Name ${what}: tercet ${[name, ...usage].join(' ')}`)
}
