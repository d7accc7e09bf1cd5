import type { Issue, Secret } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import {
  createSchedule,
  environmentSecrets,
  openSecretProvider,
  runScript,
  type Schedule,
  type SecretProvider,
  sendReports
} from '../src/index.ts'

test('providers of secrets are alike, and give secrets', () => {
  expectTypeOf(environmentSecrets).returns.toEqualTypeOf<SecretProvider>()
  expectTypeOf(openSecretProvider).returns.toEqualTypeOf<SecretProvider>()
  expectTypeOf<SecretProvider['resolve']>().returns.resolves.toEqualTypeOf<ReadonlyMap<string, Secret>>()
})

test('what goes wrong beside the work is told as issues', () => {
  expectTypeOf(sendReports).returns.resolves.toEqualTypeOf<readonly Issue[]>()
  expectTypeOf(runScript).returns.resolves.toHaveProperty('issues')
  expectTypeOf(createSchedule).returns.toEqualTypeOf<Schedule>()
})
