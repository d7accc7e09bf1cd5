import { Secret } from '@tercet/interface'
import { JobsError } from '../jobs-error.ts'
import { runProgram } from '../scripts/run-program.ts'
import type { SecretProvider } from './secret-provider.ts'

const TIMEOUT_MS = 60_000

/**
 * Secrets that a program prints, such as that of a password manager: it is run once for each name, which is its last
 * argument, and the first line that it prints is the secret.
 *
 * @param command the program and its arguments; quotes keep spaces together
 */
export function commandSecrets(command: readonly string[]): SecretProvider {
  const [program = ''] = command
  return {
    async resolve(names, options) {
      const found = new Map<string, Secret>()
      for (const name of names) {
        const { exitCode, output, timedOut, failure } = await runProgram([...command, name], {
          environment: process.env,
          timeoutMs: TIMEOUT_MS,
          signal: options?.signal
        })
        if (failure !== undefined || timedOut || exitCode !== 0) {
          const reason = failure ?? (timedOut ? 'it did not end in time' : `exit code ${exitCode}`)
          throw new JobsError('SECRET_PROVIDER_FAILED', `${program} gave no secret "${name}": ${reason}`, {
            context: { program, name }
          })
        }
        const [text = ''] = output.split(/\r?\n/, 1)
        if (text !== '') found.set(name, new Secret(text))
      }
      return found
    }
  }
}
