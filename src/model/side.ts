/** Who speaks: the client asks, the server answers. `src`/`dst` are for packets and never mixed with these. */
export type Side = 'client' | 'server'
export const otherSide = (side: Side): Side => (side === 'client' ? 'server' : 'client')

export type Transport = 'tcp' | 'udp' | 'icmp' | 'ipv6-icmp'

/** Why a conversation is over. */
export type EndReason =
  | 'close' // FIN in both directions, or the one that ends it
  | 'reset' // RST
  | 'timeout' // idle for longer than the flow timeout, by the packet clock
  | 'eof' // the capture ends here
  | 'lost' // too much missing to go on
  | 'malformed' // the parser gave up
  | 'upgrade' // the rest of the connection is another protocol
  | 'evicted' // a cap was reached; counted
