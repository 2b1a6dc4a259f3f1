import { dns } from '../../../src/protocols/dns/index.js'
import { runCases } from '../../support/cases.js'

runCases(dns, new URL('./cases.md', import.meta.url))
