// @boundaries-ignore the build settings shared by all packages
import { tercetConfig } from '../../tsup.base.ts'

// The client is a part of what is published, since its package would compile native code wherever it is installed, which it
// does without just as well: those two are looked for and not found.
export default tercetConfig({
  entry: ['src/index.ts'],
  platform: 'node',
  external: [/^node:/, /\.node$/, 'cpu-features'],
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url), __dirname = import.meta.dirname"
  }
})
