import { llmnr } from '../../../src/protocols/llmnr/index.js'
import { runCases } from '../../support/cases.js'

runCases(llmnr, new URL('./cases.md', import.meta.url))
