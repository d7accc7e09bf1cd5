import { readFile } from 'node:fs/promises'
import { Secret } from '@tercet/sdk/options'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CliIo } from './io.ts'
import type { OwnValues } from './own-values.ts'

/** Where a passphrase comes from; asked only when one is needed. */
export type PassphraseSource = (need: { readonly isNew: boolean }) => Promise<Secret | undefined>

/**
 * In this order: `--passphrase`, `--passphrase-file`, the variable `PASSPHRASE`; else the prompt, where there is a
 * terminal. A new passphrase is asked for twice.
 *
 * @throws ConfigurationError `CONFIG_CONFLICT`, `CONFIG_INVALID_VALUE`
 */
export async function resolvePassphrase(own: OwnValues, io: CliIo): Promise<Secret | PassphraseSource> {
  const text = own.text('passphrase')
  const file = own.text('passphrase-file')
  if (text !== undefined && file !== undefined)
    throw new ConfigurationError('CONFIG_CONFLICT', 'Give either --passphrase or --passphrase-file, not both')
  if (text !== undefined) return nonEmpty(text, '--passphrase')
  if (file !== undefined) return nonEmpty(await firstLine(file), `The first line of ${file}`)
  const variable = io.environment['PASSPHRASE']
  if (variable !== undefined && variable !== '') return new Secret(variable)
  return (need) => prompt(io, need.isNew)
}

async function firstLine(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      `--passphrase-file: ${path} cannot be read (${reason})`
    )
  }
}

async function prompt({ askSecret }: CliIo, isNew: boolean): Promise<Secret | undefined> {
  if (askSecret === undefined) return undefined
  const first = await askSecret(isNew ? 'Passphrase for the new destination: ' : 'Passphrase: ')
  if (isNew && first !== (await askSecret('The same again: ')))
    throw new ConfigurationError('CONFIG_INVALID_VALUE', 'The two passphrases differ; nothing was done')
  return nonEmpty(first, 'The passphrase')
}

function nonEmpty(text: string, what: string): Secret {
  if (text !== '') return new Secret(text)
  throw new ConfigurationError('CONFIG_INVALID_VALUE', `${what} is empty`)
}
