import { mdns } from '../../../src/protocols/mdns/index.js'
import { runCases } from '../../support/cases.js'

runCases(mdns, new URL('./cases.md', import.meta.url))
