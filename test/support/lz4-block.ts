/** Compresses an LZ4 block the plain way: the last place of each four bytes is remembered, and the first match found is taken. */
export function lz4Block(data: Uint8Array): Buffer {
  const out: number[] = []
  const last = new Map<number, number>()
  const view = Buffer.from(data)
  let literals = 0
  const length = (n: number): void => {
    for (let rest = n - 15; rest >= 0; rest -= 255) out.push(Math.min(255, rest))
  }
  // The format wants the last match to begin 12 bytes before the end, and five literals behind it.
  for (let at = 0; at + 12 < view.length; ) {
    const word = view.readUInt32LE(at)
    const before = last.get(word)
    last.set(word, at)
    if (before === undefined || at - before > 0xffff) {
      at++
      continue
    }
    let more = 4
    while (at + more < view.length - 5 && view[before + more] === view[at + more]) more++
    const plain = at - literals
    out.push((Math.min(15, plain) << 4) | Math.min(15, more - 4))
    length(plain)
    out.push(...view.subarray(literals, at), (at - before) & 0xff, (at - before) >> 8)
    length(more - 4)
    at += more
    literals = at
  }
  const plain = view.length - literals
  out.push(Math.min(15, plain) << 4)
  length(plain)
  out.push(...view.subarray(literals))
  return Buffer.from(out)
}
