// Run by crash.test.ts: puts one volume, and is killed after one of its steps.
import { bytesSource } from '@tercet/interface'
import { installCrashPoint } from '@tercet/testkit-faults'
import { createFileBackend } from '../src/index.ts'

const backend = createFileBackend({ path: process.argv[2] as string, observer: installCrashPoint() })
await backend.put('volume', bytesSource(new TextEncoder().encode('new content')))
