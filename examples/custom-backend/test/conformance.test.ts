import { testStorageBackend } from '@tercet/testkit-backend'
import { createSqliteBackend } from '../src/sqlite-backend.ts'

testStorageBackend('sqlite', { open: () => createSqliteBackend({ path: ':memory:' }) })
