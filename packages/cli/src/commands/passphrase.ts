import { generatePassphrase, measurePassphrase, WEAK_BELOW_BITS } from '@tercet/sdk/passphrase'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { resolvePassphrase } from '../passphrase.ts'

/** Prints a passphrase alone, so that it can go to a file; or how good the one is that is given. */
export async function runPassphrase(context: CommandContext): Promise<ExitCode> {
  return context.own.flag('measure') ? await measure(context) : await generate(context)
}

async function generate({ io, own, reporter }: CommandContext): Promise<ExitCode> {
  const text = own.text('bits') ?? '88'
  const bits = Number(text)
  if (!/^\d+$/.test(text) || bits < 44 || bits > 440)
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `--bits: "${text}" is no number from 44 to 440`)
  const { passphrase, words, bits: drawn } = generatePassphrase({ bits })
  const shown = passphrase.reveal()
  if (!reporter.json && io.stdout.isTerminal)
    await reporter.notice(`${words} words, ${drawn} bits; without it nobody can restore, so write it down`)
  return await reporter.finish('success', { passphrase: shown, words, bits: drawn }, [shown])
}

async function measure({ io, own, reporter }: CommandContext): Promise<ExitCode> {
  const source = await resolvePassphrase(own, io)
  const passphrase = typeof source === 'function' ? await source({ isNew: false }) : source
  if (passphrase === undefined)
    throw new ConfigurationError('CONFIG_MISSING', 'Give the passphrase in PASSPHRASE, or on a terminal')
  const strength = await measurePassphrase(passphrase)
  return await reporter.finish(strength.isWeak ? 'warning' : 'success', strength, [
    `Strength  about ${Math.floor(strength.bits)} bits${strength.reason === undefined ? '' : `: ${strength.reason}`}`,
    strength.isWeak
      ? `Weak      fewer than ${WEAK_BELOW_BITS} bits can be guessed; "tercet passphrase" makes a good one`
      : 'Good      at least for who does not know how it came about'
  ])
}
