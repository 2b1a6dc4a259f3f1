/** Who logs in: SASL responses of connection.start-ok and secure-ok. */
import { Cursor } from '../../bytes/cursor.js'
import { readTable, TableState } from './tables.js'

export interface Identity {
  readonly user: string | undefined
  /** The password, token or proof in it: never written but through the mask. */
  readonly secret: string | undefined
}

const utf8 = (latin: string): string => Buffer.from(latin, 'latin1').toString('utf8')
const orNone = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text)

/** @param response one octet a character */
export function identityOf(mechanism: string, response: string): Identity {
  switch (mechanism.toUpperCase()) {
    case 'PLAIN': {
      // RFC 4616: authzid NUL authcid NUL password.
      const [, user, ...rest] = response.split('\0')
      return { user: orNone(user === undefined ? undefined : utf8(user)), secret: orNone(utf8(rest.join('\0'))) }
    }
    case 'AMQPLAIN': {
      // A field table without its length.
      const bytes = Buffer.from(response, 'latin1')
      const whole = Buffer.alloc(bytes.length + 4)
      whole.writeUInt32BE(bytes.length, 0)
      bytes.copy(whole, 4)
      const table = readTable(new Cursor().reset(whole, 0, whole.length, true), new TableState())
      const text = (value: unknown) => (typeof value === 'string' ? orNone(value) : undefined)
      return { user: text(table.LOGIN), secret: text(table.PASSWORD) }
    }
    case 'EXTERNAL':
    case 'ANONYMOUS':
      return { user: orNone(utf8(response).replaceAll('\0', '').trim()), secret: undefined }
    case 'RABBIT-CR-DEMO':
      return response.startsWith('My password is ')
        ? { user: undefined, secret: orNone(utf8(response.slice(15))) }
        : { user: orNone(utf8(response)), secret: undefined }
    default: {
      // RFC 5802, 7628 and XOAUTH2 name the user in readable words; all the rest of them may be replayed.
      const user = /(?:^|,)(?:n|a)=([^,\x01]{1,255})/.exec(response)?.[1] ?? /^user=([^\x01]{1,255})\x01/.exec(response)?.[1]
      return { user: user === undefined ? undefined : utf8(user).replaceAll('=2C', ',').replaceAll('=3D', '='), secret: orNone(response) }
    }
  }
}
