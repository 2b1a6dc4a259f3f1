/** The columns of an LLMNR message. */
import { bool, defineFields } from '../../schema/fields.js'
import { headerColumns, questionColumns, sectionColumns, truncatedColumn } from '../shared/dns/columns.js'

export const llmnrFields = defineFields({
  ...headerColumns,
  conflict: bool('C: the asking host has had more than one answer for the name.', false, 'dns.flags.conflict'),
  ...truncatedColumn,
  tentative: bool('T: the responder has not yet made sure that the name is its own.', false, 'dns.flags.tentative'),
  ...questionColumns,
  ...sectionColumns,
})
