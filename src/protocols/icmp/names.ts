/** ICMP types and codes by name, spelled as Packetbeat's documents spell them (IANA "icmp-parameters", "icmpv6-parameters"). */
interface TypeNames {
  readonly name: string
  /** By code; a type whose code says nothing has none. */
  readonly codes?: readonly string[]
}

const ICMP4: Readonly<Record<number, TypeNames>> = {
  0: { name: 'EchoReply' },
  3: {
    name: 'DestinationUnreachable',
    codes: [
      'Net',
      'Host',
      'Protocol',
      'Port',
      'FragmentationNeeded',
      'SourceRoutingFailed',
      'NetUnknown',
      'HostUnknown',
      'SourceIsolated',
      'NetAdminProhibited',
      'HostAdminProhibited',
      'NetTOS',
      'HostTOS',
      'CommAdminProhibited',
      'HostPrecedence',
      'PrecedenceCutoff',
    ],
  },
  4: { name: 'SourceQuench' },
  5: { name: 'Redirect', codes: ['Net', 'Host', 'TOS+Net', 'TOS+Host'] },
  8: { name: 'EchoRequest' },
  9: { name: 'RouterAdvertisement' },
  10: { name: 'RouterSolicitation' },
  11: { name: 'TimeExceeded', codes: ['TTLExceeded', 'FragmentReassemblyTimeExceeded'] },
  12: { name: 'ParameterProblem', codes: ['PointerIndicatesError', 'MissingOption', 'BadLength'] },
  13: { name: 'TimestampRequest' },
  14: { name: 'TimestampReply' },
  15: { name: 'InfoRequest' },
  16: { name: 'InfoReply' },
  17: { name: 'AddressMaskRequest' },
  18: { name: 'AddressMaskReply' },
  40: { name: 'Photuris' },
  42: { name: 'ExtendedEchoRequest' },
  43: { name: 'ExtendedEchoReply' },
}

const ICMP6: Readonly<Record<number, TypeNames>> = {
  1: {
    name: 'DestinationUnreachable',
    codes: [
      'NoRouteToDst',
      'AdminProhibited',
      'BeyondScopeOfSrc',
      'AddressUnreachable',
      'PortUnreachable',
      'SrcAddressFailedPolicy',
      'RejectRouteToDst',
      'SourceRoutingHeaderError',
      'HeadersTooLong',
    ],
  },
  2: { name: 'PacketTooBig' },
  3: { name: 'TimeExceeded', codes: ['HopLimitExceeded', 'FragmentReassemblyTimeExceeded'] },
  4: { name: 'ParameterProblem', codes: ['ErroneousHeader', 'UnrecognizedNextHeader', 'UnrecognizedIPv6Option', 'IncompleteHeaderChain'] },
  128: { name: 'EchoRequest' },
  129: { name: 'EchoReply' },
  130: { name: 'MLDv1MulticastListenerQueryMessage' },
  131: { name: 'MLDv1MulticastListenerReportMessage' },
  132: { name: 'MLDv1MulticastListenerDoneMessage' },
  133: { name: 'RouterSolicitation' },
  134: { name: 'RouterAdvertisement' },
  135: { name: 'NeighborSolicitation' },
  136: { name: 'NeighborAdvertisement' },
  137: { name: 'Redirect' },
  138: { name: 'RouterRenumbering' },
  139: { name: 'NodeInformationQuery' },
  140: { name: 'NodeInformationResponse' },
  141: { name: 'InverseNeighborDiscoverySolicitation' },
  142: { name: 'InverseNeighborDiscoveryAdvertisement' },
  143: { name: 'MLDv2MulticastListenerReportMessageV2' },
  144: { name: 'HomeAgentAddressDiscoveryRequest' },
  145: { name: 'HomeAgentAddressDiscoveryReply' },
  146: { name: 'MobilePrefixSolicitation' },
  147: { name: 'MobilePrefixAdvertisement' },
  148: { name: 'CertificationPathSolicitation' },
  149: { name: 'CertificationPathAdvertisement' },
  151: { name: 'MulticastRouterAdvertisement' },
  152: { name: 'MulticastRouterSolicitation' },
  153: { name: 'MulticastRouterTermination' },
  155: { name: 'RPLControl' },
  157: { name: 'DuplicateAddressRequest' },
  158: { name: 'DuplicateAddressConfirmation' },
  160: { name: 'ExtendedEchoRequest' },
  161: { name: 'ExtendedEchoReply' },
}

const namesOf = (version: 4 | 6, type: number): TypeNames | undefined => (version === 4 ? ICMP4 : ICMP6)[type]

/** 'EchoRequest'; 'Type200' for a number without a name. */
export const typeName = (version: 4 | 6, type: number): string => namesOf(version, type)?.name ?? `Type${type}`

/** The type with what its code adds: 'DestinationUnreachable(Port)'. */
export function messageName(version: 4 | 6, type: number, code: number): string {
  const names = namesOf(version, type)
  if (!names) return `Type${type}`
  return names.codes ? `${names.name}(${names.codes[code] ?? code})` : names.name
}

/** What a type means for pairing. A reply has the id and sequence of its request. */
export type Role = 'request' | 'reply' | 'error' | 'other'

export function roleOf(version: 4 | 6, type: number): Role {
  if (version === 6) return type === 128 ? 'request' : type === 129 ? 'reply' : type < 128 ? 'error' : 'other'
  switch (type) {
    case 8:
    case 13:
    case 15:
    case 17:
      return 'request'
    case 0:
    case 14:
    case 16:
    case 18:
      return 'reply'
    case 3:
    case 4:
    case 11:
    case 12:
      return 'error'
    default:
      return 'other'
  }
}

/** The type of the request that a reply of `type` answers. */
export const requestOf = (version: 4 | 6, type: number): number => (version === 6 ? 128 : type === 0 ? 8 : type - 1)
