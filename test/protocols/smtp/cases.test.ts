import { smtp } from '../../../src/protocols/smtp/index.js'
import { runCases } from '../../support/cases.js'

runCases(smtp, new URL('./cases.md', import.meta.url))
