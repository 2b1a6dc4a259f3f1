/** Shell completion: commands, flags and the words some flags take, as a script for bash or zsh. */

export interface CompletableFlag {
  readonly name: string
  readonly char?: string | undefined
  /** Takes no value. */
  readonly boolean: boolean
  readonly options?: readonly string[] | undefined
}

export interface CompletableCommand {
  readonly id: string
  readonly flags: readonly CompletableFlag[]
  /** Words for its first argument, where they are few; else files. */
  readonly words?: readonly string[] | undefined
}

export const shells = ['bash', 'zsh'] as const
export type Shell = (typeof shells)[number]

/** zsh understands bash's completion once it is told to. */
const ZSH_HEAD = 'autoload -U +X bashcompinit && bashcompinit\n'

export function completionScript(
  shell: Shell,
  commands: readonly CompletableCommand[],
  words: Readonly<Record<string, readonly string[]>>,
): string {
  const cases = commands.flatMap(({ id, flags, words: first = [] }) => {
    const names = flags.map((flag) => `--${flag.name}`).join(' ')
    return [`    ${id}) flags='${names}'; words='${first.join(' ')}' ;;`]
  })
  const values = new Map<string, readonly string[]>()
  for (const { flags } of commands)
    for (const { name, char, boolean, options } of flags) {
      const choices = options ?? words[name]
      if (!boolean && choices) values.set(char ? `--${name}|-${char}` : `--${name}`, choices)
    }
  const valueCases = [...values].map(
    ([flag, choices]) => `    ${flag}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return ;;`,
  )
  return `${shell === 'zsh' ? ZSH_HEAD : ''}_audit() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" flags='' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ id }) => id).join(' ')}' -- "$cur"))
    return
  fi
  case "$prev" in
${valueCases.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
    *) if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi ;;
  esac
}
complete -o default -o bashdefault -F _audit audit
`
}
