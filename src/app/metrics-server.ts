/**
 * Serves one page, GET /metrics, to this host alone. The page is made from what the session said last: a request reads nothing of the
 * capture and makes it wait for nothing. Whoever asks is not trusted: few connections, short headers, no body, and a Host
 * header that names this host, since a web page elsewhere can have a name of its own resolve to 127.0.0.1.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { UserError } from '../model/user-error.js'
import { METRICS_TYPE } from '../report/metrics-text.js'
import { type HostAndPort, isLoopback, loopbackAddress } from './loopback-address.js'

/** A scraper needs one; a person who looks as well, another. */
const MAX_CONNECTIONS = 16
/** Those of a scraper take a few hundred bytes. */
const MAX_HEADER_BYTES = 8 * 1024
/** For the whole of a request, and for a connection that is silent. */
const PATIENCE_MS = 5000

export class MetricsServer {
  readonly url: string

  private constructor(
    private readonly server: Server,
    { host, port }: HostAndPort,
  ) {
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`
  }

  /**
   * @param given PORT or ADDRESS:PORT; 0 is any port that is free
   * @param page the text as of now
   * @throws UserError when the address is not of this host alone, or the port is not to be had
   */
  static async open(given: string, page: () => string): Promise<MetricsServer> {
    const { host, port } = loopbackAddress('--metrics', given)
    const server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        requestTimeout: PATIENCE_MS,
        headersTimeout: PATIENCE_MS,
        keepAliveTimeout: PATIENCE_MS,
        connectionsCheckingInterval: 1000,
      },
      (request, response) => answer(request, response, page),
    )
    server.maxConnections = MAX_CONNECTIONS
    server.maxHeadersCount = 64
    await new Promise<void>((ready, refused) => {
      server.once('error', (error: NodeJS.ErrnoException) => refused(cannotListen(given, error)))
      server.listen({ host, port, exclusive: true }, ready)
    })
    // The session decides how long the process lives.
    server.unref()
    server.on('error', () => {})
    return new MetricsServer(server, { host, port: (server.address() as AddressInfo).port })
  }

  close(): void {
    this.server.close()
    this.server.closeAllConnections()
  }
}

function answer(request: IncomingMessage, response: ServerResponse, page: () => string): void {
  const [path] = (request.url ?? '').split('?', 1)
  if (!isLoopback(hostOf(request.headers.host))) refuse(response, 421, 'the Host header does not name this host')
  else if (path !== '/metrics') refuse(response, 404, 'there is only /metrics')
  else if (request.method !== 'GET') refuse(response, 405, 'there is only GET', { Allow: 'GET' })
  else {
    const text = Buffer.from(page())
    response.writeHead(200, { 'Content-Type': METRICS_TYPE, 'Content-Length': text.length, 'Cache-Control': 'no-store' })
    response.end(text)
  }
}

/** What comes behind such a request is not read. */
function refuse(response: ServerResponse, code: number, words: string, headers: Record<string, string> = {}): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close', ...headers })
  response.end(`${words}\n`)
}

const hostOf = (header: string | undefined): string => (header ?? '').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')

function cannotListen(given: string, error: NodeJS.ErrnoException): UserError {
  const steps = ['choose another port: --metrics 9273, or 0 for any that is free']
  if (error.code === 'EADDRINUSE') return new UserError(`--metrics ${given}: another program listens on this port`, steps)
  if (error.code === 'EACCES') return new UserError(`--metrics ${given}: the system does not let this user listen on this port`, steps)
  return new UserError(`--metrics ${given}: it cannot be listened on (${error.code ?? error.message})`, steps)
}
