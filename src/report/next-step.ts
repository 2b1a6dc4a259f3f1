/** The command to try after an analysis: a query that fits what was found. */
import type { Summary } from './summary.js'

/** Nothing a POSIX shell or cmd would act on: such a path needs no quotes. */
const PLAIN_PATH = /^[A-Za-z0-9_./:@%+,-]+$/

export const quoted = (path: string): string => (PLAIN_PATH.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)

/** For the first case that was written; undefined when there is none to query. */
export function nextStep({ outputs, protocols, flows, findings }: Summary): string | undefined {
  const target = outputs.find(({ kind }) => kind === 'case')?.target
  if (target === undefined) return undefined
  const path = quoted(target.startsWith('-') ? `./${target}` : target)
  if (findings && findings.total > 0) return `audit query ${path} --name findings`
  const [most] = [...protocols].filter((p) => p.transactions > 0).sort((a, b) => b.transactions - a.transactions)
  if (most) return `audit query ${path} "select ts, client_ip, method, resource, status from ${most.name}"`
  if (flows > 0) return `audit query ${path} "select client_ip, server_ip, server_port, state from flow"`
  return `audit query ${path} "select * from capture"`
}
