import { expectTypeOf, test } from 'vitest'
import type { Backup, BackupEvent, OpenBackupOptions, RunResult, Version } from '../src/index.ts'
import { openBackup } from '../src/index.ts'

test('types are those that programs rely on', () => {
  expectTypeOf(openBackup).returns.resolves.toEqualTypeOf<Backup>()
  expectTypeOf<Backup>().toExtend<AsyncDisposable>()
  expectTypeOf<OpenBackupOptions>().toHaveProperty('signal').toEqualTypeOf<AbortSignal | undefined>()
  expectTypeOf<RunResult['outcome']>().toEqualTypeOf<'success' | 'warning' | 'error' | 'stopped'>()
  expectTypeOf<Backup['versions']>().returns.toExtend<AsyncIterable<Version>>()
  expectTypeOf<BackupEvent['type']>()
    .extract<'scan-end' | 'volume-end'>()
    .toEqualTypeOf<'scan-end' | 'volume-end'>()
})
