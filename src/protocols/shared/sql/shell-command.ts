/** Secrets among the options of a command that a statement has the server run: COPY ... FROM PROGRAM '...'. */
import { isSecretName } from '../secret-names.js'
import { maskText } from '../secret-text.js'

/** --password VALUE; with = between them it is name=value like any other. */
const LONG = /(--([\w-]{2,64})\s{1,16})(?!-)(\S+)/g
/** curl -u user:password and wget --user... : what stands behind the colon. */
const USER = /(\s(?:-u|-U|--user|--proxy-user)\s{0,16}[^\s:'"-][^\s:]{0,255}:)(\S+)/g
/** mysql -pPASSWORD, sshpass -p PASSWORD, redis-cli -a PASSWORD. */
const SHORT =
  /(\b(?:(?:mysql|mariadb)\w{0,16}\s(?:[^|;&\n]{0,512}?\s)??-p|sshpass\s{1,16}-p\s{0,16}|redis-cli\s(?:[^|;&\n]{0,512}?\s)??-a\s{1,16}))([^\s|;&]+)/g

export function maskCommand(text: string, secret: (text: string) => string): string {
  const out = text
    .replace(LONG, (all, before: string, name: string, value: string) => (isSecretName(name) ? before + hide(value, secret) : all))
    .replace(USER, (_, before: string, value: string) => before + hide(value, secret))
    .replace(SHORT, (_, before: string, value: string) => before + hide(value, secret))
  return maskText(out, secret)
}

/** Quotes stay where they stand. */
function hide(value: string, secret: (text: string) => string): string {
  const [, before = '', inner = '', after = ''] = /^(["']*)([\s\S]*?)(["']*)$/.exec(value) ?? []
  return inner === '' ? value : before + secret(inner) + after
}
