// Starts a server, tells about it, and waits to be killed.
import { createServerFolder } from '../../src/server-folder.ts'
import { startServer } from '../../src/start-server.ts'

const folder = await createServerFolder('orphan')
const server = await startServer({
  name: 'orphan',
  folder,
  command: [process.execPath, '-e', 'console.log("READY", process.pid); setInterval(() => {}, 1000)'],
  ready: { output: /READY (\d+)/ }
})
console.log(JSON.stringify({ pid: Number(server.match?.[1]), folder }))
setInterval(() => {}, 1000)
