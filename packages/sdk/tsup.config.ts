// @boundaries-ignore the build settings shared by all packages
import { tercetConfig } from '../../tsup.base.ts'

export default tercetConfig({
  entry: {
    index: 'src/index.ts',
    format: 'src/format.ts',
    options: 'src/options.ts',
    passphrase: 'src/passphrase/index.ts',
    policy: 'src/policy.ts',
    settings: 'src/settings/index.ts',
    sync: 'src/sync.ts'
  }
})
