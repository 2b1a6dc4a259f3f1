/** Names of hardware types and of the architectures that machines boot on, for both versions of DHCP. */

/** IANA "Hardware Types" of ARP, those that were ever used with BOOTP and DHCP. */
const hardwareTypes: Readonly<Record<number, string>> = {
  1: 'Ethernet',
  2: 'Experimental Ethernet',
  3: 'Amateur Radio AX.25',
  4: 'Proteon ProNET Token Ring',
  5: 'Chaos',
  6: 'IEEE 802',
  7: 'ARCNET',
  8: 'Hyperchannel',
  9: 'Lanstar',
  10: 'Autonet Short Address',
  11: 'LocalTalk',
  12: 'LocalNet',
  13: 'Ultra link',
  14: 'SMDS',
  15: 'Frame Relay',
  16: 'ATM',
  17: 'HDLC',
  18: 'Fibre Channel',
  19: 'ATM',
  20: 'Serial Line',
  21: 'ATM',
  24: 'IEEE 1394.1995',
  27: 'EUI-64',
  31: 'IPsec tunnel',
  32: 'InfiniBand',
}
/** Highest value assigned but for two experimental ones: what is above is hardly a hardware type. */
export const MAX_HARDWARE_TYPE = 38
export const hardwareTypeName = (type: number): string => hardwareTypes[type] ?? `unknown (${type})`

/** Option 93: IANA "Processor Architecture Types" (RFC 4578, 5970). */
const architectures: Readonly<Record<number, string>> = {
  0: 'x86 BIOS',
  1: 'NEC/PC98',
  2: 'Itanium',
  3: 'DEC Alpha',
  4: 'Arc x86',
  5: 'Intel Lean Client',
  6: 'x86 UEFI',
  7: 'x64 UEFI',
  8: 'EFI Xscale',
  9: 'EBC',
  10: 'ARM 32-bit UEFI',
  11: 'ARM 64-bit UEFI',
  14: 'ppc64',
  15: 'x86 UEFI HTTP',
  16: 'x64 UEFI HTTP',
  17: 'EBC HTTP',
  18: 'ARM 32-bit UEFI HTTP',
  19: 'ARM 64-bit UEFI HTTP',
  20: 'x86 BIOS HTTP',
  25: 'RISC-V 32-bit UEFI',
  27: 'RISC-V 64-bit UEFI',
}
export const architectureName = (type: number): string => architectures[type] ?? `unknown (${type})`
