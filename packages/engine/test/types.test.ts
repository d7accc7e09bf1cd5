import type { Catalog, CatalogReader } from '@tercet/core'
import type { Issue } from '@tercet/interface'
import { expectTypeOf, test } from 'vitest'
import {
  type BackupIssueCode,
  type BackupOptions,
  type BackupResult,
  backup,
  type Defect,
  type EngineContext,
  type EngineError,
  type EngineErrorCode,
  type EngineEvent,
  type Entry,
  entries,
  type ReadingContext,
  type RestorePlan,
  type RestoreResult,
  restore,
  type VerifyIssueCode,
  type VerifyOptions,
  type VerifyResult,
  verify
} from '../src/index.ts'

type Optional<Options> = { [Key in keyof Options]?: Options[Key] | undefined }

test('every option may be left out, and may be undefined; a backup needs sources', () => {
  expectTypeOf<Optional<VerifyOptions>>().toExtend<VerifyOptions>()
  expectTypeOf<Optional<BackupOptions> & { sources: readonly string[] }>().toExtend<BackupOptions>()
  expectTypeOf<Optional<BackupOptions>>().not.toExtend<BackupOptions>()
})

test('reading needs no catalog that can be written', () => {
  expectTypeOf<EngineContext['catalog']>().toEqualTypeOf<Catalog>()
  expectTypeOf<ReadingContext['catalog']>().toEqualTypeOf<CatalogReader>()
  expectTypeOf(entries).returns.toExtend<Iterable<Entry>>()
  expectTypeOf(restore).parameter(0).toEqualTypeOf<ReadingContext>()
  expectTypeOf(restore).parameter(1).toEqualTypeOf<RestorePlan>()
})

test('results', () => {
  expectTypeOf(backup).returns.resolves.toEqualTypeOf<BackupResult>()
  expectTypeOf(verify).returns.resolves.toEqualTypeOf<VerifyResult>()
  type Outcome = 'success' | 'warning' | 'error' | 'stopped'
  expectTypeOf<BackupResult['outcome']>().toEqualTypeOf<Outcome>()
  expectTypeOf<RestoreResult['outcome']>().toEqualTypeOf<Outcome>()
  expectTypeOf<BackupResult['issues']>().toEqualTypeOf<readonly Issue[]>()
  expectTypeOf<NonNullable<BackupResult['version']>['isPartial']>().toEqualTypeOf<boolean>()
  expectTypeOf<Defect['affectedVersions']>().toEqualTypeOf<readonly number[]>()
})

test('events are told apart by their type, errors and issues by their code', () => {
  expectTypeOf<Extract<EngineEvent, { type: 'issue' }>['issue']>().toEqualTypeOf<Issue>()
  expectTypeOf<Extract<EngineEvent, { type: 'scan-end' }>['files']>().toEqualTypeOf<number>()
  const event = { type: 'fetch-end', name: '', fetched: 0, total: 0 } as EngineEvent
  if (event.type === 'restore-progress') expectTypeOf(event.totalBytes).toEqualTypeOf<number>()
  expectTypeOf<EngineError['code']>().toEqualTypeOf<EngineErrorCode>()
  expectTypeOf<'BACKUP_NO_FILES'>().toExtend<BackupIssueCode>()
  expectTypeOf<'VERIFY_BLOCK_DAMAGED'>().toExtend<VerifyIssueCode>()
})
