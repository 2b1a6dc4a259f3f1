/** Programs that a test compares with: where one is missing, that comparison is left out. */
import { spawnSync } from 'node:child_process'

export const hasCommand = (name: string): boolean => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
