// @boundaries-ignore the build settings shared by all packages
import { tercetConfig } from '../../tsup.base.ts'

export default tercetConfig({ entry: ['src/index.ts', 'src/selection.ts', 'src/worker.ts'] })
