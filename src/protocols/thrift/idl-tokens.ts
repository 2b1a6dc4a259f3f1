/** The words of a Thrift IDL file: names, numbers, texts, marks; comments left out. */

const TOKEN =
  /(\s+|\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([+-]?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?))|([A-Za-z_][\w.]*|\*)|([{}()[\]<>,;:=&-])/y

interface Token {
  readonly kind: 'text' | 'number' | 'word' | 'mark'
  readonly text: string
  readonly line: number
}

export class Tokens {
  private at = 0
  /** The field id just read was written, so a colon follows it. */
  isIntegerBehind = false

  constructor(
    private readonly all: readonly Token[],
    private readonly fail: (line: number, what: string) => Error,
  ) {}

  get over(): boolean {
    return this.at >= this.all.length
  }

  wrong(what: string): Error {
    const token = this.all[Math.max(0, Math.min(this.at, this.all.length) - 1)]
    return this.fail(token?.line ?? 1, what)
  }

  private next(want: string): Token {
    const token = this.all[this.at++]
    if (!token) throw this.wrong(`the file ends where ${want} should stand`)
    return token
  }

  any(): string {
    return this.next('something').text
  }

  word(): string {
    const token = this.next('a name')
    if (token.kind !== 'word') throw this.wrong(`a name should stand where "${token.text}" does`)
    return token.text
  }

  literal(): string {
    const token = this.next('a text')
    if (token.kind !== 'text') throw this.wrong(`a text should stand where "${token.text}" does`)
    return token.text
  }

  isInteger(): boolean {
    this.isIntegerBehind = this.all[this.at]?.kind === 'number'
    return this.isIntegerBehind
  }

  integer(): number {
    const token = this.next('a number')
    if (token.kind !== 'number') throw this.wrong(`a number should stand where "${token.text}" does`)
    return Number(token.text)
  }

  take(mark: string): boolean {
    const token = this.all[this.at]
    if (!token || token.kind === 'text' || token.text !== mark) return false
    this.at++
    return true
  }

  want(mark: string): void {
    const token = this.next(`"${mark}"`)
    if (token.text !== mark) throw this.wrong(`"${mark}" should stand where "${token.text}" does`)
  }
}

export function tokensOf(text: string, fail: (line: number, what: string) => Error): Tokens {
  const all: Token[] = []
  let line = 1
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (!found) throw fail(line, `"${text[at]}" is no part of an IDL`)
    const [whole, blank, literal, number, word, mark] = found
    if (literal !== undefined) all.push({ kind: 'text', text: literal, line })
    else if (number !== undefined) all.push({ kind: 'number', text: number, line })
    else if (word !== undefined) all.push({ kind: 'word', text: word, line })
    else if (mark !== undefined) all.push({ kind: 'mark', text: mark, line })
    if (blank !== undefined || literal !== undefined) for (let i = 0; i < whole.length; i++) if (whole[i] === '\n') line++
  }
  return new Tokens(all, fail)
}
