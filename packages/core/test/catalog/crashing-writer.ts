import { installCrashPoint } from '@tercet/testkit-faults'
import { writeVersions } from './write-versions.ts'

await writeVersions(process.argv[2] as string, installCrashPoint())
