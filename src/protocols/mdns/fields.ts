/** The columns of an mDNS message. */
import { bool, defineFields } from '../../schema/fields.js'
import { headerColumns, questionColumns, sectionColumns, truncatedColumn } from '../shared/dns/columns.js'

export const mdnsFields = defineFields({
  ...headerColumns,
  authoritative: bool('AA: set in every response.', true, 'dns.flags.authoritative'),
  ...truncatedColumn,
  unicast_wanted: bool('QU: a question asks for a response to the asking host alone.', false, 'dns.unicast_wanted'),
  ...questionColumns,
  ...sectionColumns,
})
