import { testStorageBackend } from '@tercet/testkit-backend'
import { createMemoryBackend } from '../src/index.ts'

testStorageBackend('memory', { open: () => createMemoryBackend() })
