#!/usr/bin/env node
/**
 * Runs the format vectors through a program of any language: `tercet-format-vectors [--only=WORD] PROGRAM [ARGUMENTS]`.
 * The protocol is in `vectors/README.md`.
 */
import { runVectors } from './run-vectors.ts'

process.exitCode = (await runVectors(process.argv.slice(2), (line) => console.log(line))) ? 0 : 1
