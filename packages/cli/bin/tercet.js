#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`tercet: Node 22.15 or newer is needed; this is ${process.version}\n`)
  process.exitCode = 100
} else {
  const { keepCompiledCode } = await import('../dist/code-cache.js')
  keepCompiledCode()
  await import('../dist/main.js')
}
