/** Is it a group that is spoken to, not a host that answers? */
export function isMulticast(ip: string): boolean {
  if (ip.includes(':')) return ip.toLowerCase().startsWith('ff')
  const first = Number.parseInt(ip, 10)
  return first >= 224 && first < 240
}
