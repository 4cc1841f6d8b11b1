import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';

/** One command as a shell needs to know it. */
interface Node {
  /** `/topic/create`; empty for the command itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly flag: string;
    readonly description: string;
    /** What its value may be, where there is a list; null if it takes none. */
    readonly values: readonly string[] | null;
  }[];
  /** What the first argument may be, where there is a list. */
  readonly words: readonly string[];
}

/** The script that teaches a shell this very tree of commands. */
export function completionScript(program: Command, shell: Shell): string {
  const name = program.name();
  const nodes = collect(program, '');
  switch (shell) {
    case 'bash':
      return bashScript(name, nodes);
    case 'zsh':
      return zshScript(name, nodes);
    case 'fish':
      return fishScript(name, nodes);
  }
}

function collect(command: Command, path: string): Node[] {
  const help = command.createHelp();
  const visible = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  const node: Node = {
    path,
    commands: visible.map((each) => ({ name: each.name(), description: each.description() })),
    options: help.visibleOptions(command).flatMap((option) =>
      option.long === undefined || option.long === null
        ? []
        : [
            {
              flag: option.long,
              description: option.description,
              values: option.required || option.optional ? (option.argChoices ?? []) : null,
            },
          ],
    ),
    words: command.registeredArguments[0]?.argChoices ?? [],
  };
  return [node, ...visible.flatMap((each) => collect(each, `${path}/${each.name()}`))];
}

/** Patterns of a shell's `case` that match every command below the root. */
function paths(nodes: readonly Node[]): string[] {
  return nodes.filter(({ path }) => path !== '').map(({ path }) => path);
}

function bashScript(name: string, nodes: readonly Node[]): string {
  const candidates = nodes.map((node) => {
    const words = [
      ...node.commands.map((command) => command.name),
      ...node.words,
      ...node.options.map((option) => option.flag),
    ];
    return `    '${node.path}') words=${quote(words.join(' '))} ;;`;
  });
  const values = nodes.flatMap((node) =>
    node.options
      .filter(({ values }) => values !== null)
      .map(
        ({ flag, values }) =>
          `    '${node.path} ${flag}') values=${quote((values ?? []).join(' '))}; takes=1 ;;`,
      ),
  );
  return `# bash completion for ${name}; load it with: source <(${name} completion bash)
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} where='' words='' values='' takes=0 i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$where/\${COMP_WORDS[i]}" in
      ${paths(nodes).join('|')}) where="$where/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$where \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  if ((takes)); then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    return
  fi
  case "$where" in
${candidates.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

function zshScript(name: string, nodes: readonly Node[]): string {
  const entry = (word: string, description: string) =>
    quote(description === '' ? word : `${word.replaceAll(':', '\\:')}:${description}`);
  const candidates = nodes.map((node) => {
    const entries = [
      ...node.commands.map((command) => entry(command.name, command.description)),
      ...node.words.map((word) => entry(word, '')),
      ...node.options.map((option) => entry(option.flag, option.description)),
    ];
    return `    '${node.path}') candidates=(${entries.join(' ')}) ;;`;
  });
  const values = nodes.flatMap((node) =>
    node.options
      .filter(({ values }) => values !== null)
      .map(({ flag, values }) => {
        const then =
          values === null || values.length === 0 ? '_files' : `compadd -- ${values.join(' ')}`;
        return `    '${node.path} ${flag}') ${then}; return ;;`;
      }),
  );
  return `#compdef ${name}
# zsh completion for ${name}; load it with: source <(${name} completion zsh)
_${name}() {
  local where='' i
  local -a candidates
  for ((i = 2; i < CURRENT; i++)); do
    case "$where/\${words[i]}" in
      ${paths(nodes).join('|')}) where="$where/\${words[i]}" ;;
    esac
  done
  case "$where \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$where" in
${candidates.join('\n')}
  esac
  _describe '${name}' candidates || _files
}
if [ "$funcstack[1]" = "_${name}" ]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function fishScript(name: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap((node) => {
    const here = `complete -c ${name} -n '__${name}_at "${node.path}"'`;
    return [
      ...node.commands.map(
        (command) => `${here} -f -a ${command.name} -d ${fishQuote(command.description)}`,
      ),
      ...node.words.map((word) => `${here} -f -a ${word}`),
      ...node.options.map(({ flag, description, values }) => {
        const value =
          values === null ? '' : values.length === 0 ? ' -r' : ` -x -a '${values.join(' ')}'`;
        return `${here} -l ${flag.slice(2)}${value} -d ${fishQuote(description)}`;
      }),
    ];
  });
  return `# fish completion for ${name}; load it with: ${name} completion fish | source
function __${name}_at
  set -l where ''
  set -l typed (commandline -opc)
  for word in $typed[2..-1]
    switch "$where/$word"
      case ${paths(nodes)
        .map((path) => `'${path}'`)
        .join(' ')}
        set where "$where/$word"
    end
  end
  test "$where" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** In single quotes for bash and zsh, where nothing can be escaped inside them. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
