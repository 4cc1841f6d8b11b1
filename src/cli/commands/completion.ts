import { Argument, Command } from 'commander';
import { EXIT, action, type Cli } from '../cli.ts';
import { completionScript, type Shell } from '../completion-script.ts';

export function completionCommand(cli: Cli, program: Command): Command {
  return new Command('completion')
    .description('print what a shell needs to complete this command')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(
      action(cli, async (shell: Shell) => {
        cli.stdout.write(completionScript(program, shell));
        return EXIT.done;
      }),
    );
}
