/** The processes of a flow in a document, under the names of ECS and Packetbeat, marked as what the host said. */
import type { FlowProcesses, ProcessFacts } from '../../model/flow-view.js'
import { jsonText } from '../../schema/json-text.js'

/** In document order. */
export const PROCESS_PATHS = [
  'client.process',
  'server.process',
  'source.process',
  'destination.process',
  'process',
  'audit.process_by',
] as const

/** Values of those paths, as JSON text. `process` is the one end that this host knows; where it knows two, each has its place. */
export function processValues(processes: FlowProcesses | undefined): readonly (string | undefined)[] {
  const { client, server } = processes ?? {}
  if (!client && !server) return NOTHING
  const ofClient = textOf(client)
  const ofServer = textOf(server)
  const only = client && server && client.pid !== server.pid ? undefined : (ofServer ?? ofClient)
  return [ofClient, ofServer, ofClient, ofServer, only, '"host"']
}

const NOTHING: readonly undefined[] = PROCESS_PATHS.map(() => undefined)

const textOf = (facts: ProcessFacts | undefined): string | undefined => (facts ? jsonText(facts) : undefined)
