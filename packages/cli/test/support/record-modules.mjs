// Preloaded into the program: writes the URLs of all modules that it loads to the file that the environment names.
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const loaded = []
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) loaded.push(url)
    return next(url, context)
  }
})
process.on('exit', () => writeFileSync(process.env.TERCET_LOADED_MODULES, JSON.stringify(loaded)))
