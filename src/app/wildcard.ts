/** `*` for any characters, `?` for one; case does not count. Linear in the text for each `*`, whatever both are. */
export function wildcard(pattern: string): (text: string) => boolean {
  const want = [...pattern.toLowerCase()]
  return (given) => {
    const text = [...given.toLowerCase()]
    let at = 0
    let w = 0
    let star = -1
    let resume = 0
    while (at < text.length) {
      if (w < want.length && want[w] === '*') {
        star = w++
        resume = at
      } else if (w < want.length && (want[w] === '?' || want[w] === text[at])) {
        w++
        at++
      } else if (star >= 0) {
        w = star + 1
        at = ++resume
      } else return false
    }
    while (want[w] === '*') w++
    return w === want.length
  }
}
