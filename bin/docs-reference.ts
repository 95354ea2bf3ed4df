/** The pages about the command line and the configuration, generated from the commands and settings themselves. */
import type { Json } from '#firewall';
import { envName, flagName, SETTINGS } from '../infra/config.ts';
import { helpText } from './command.ts';
import { COMMANDS } from './commands.ts';

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
const cell = (text: string): string => text.replaceAll('|', '\\|');

export async function commandsPage(head: string): Promise<string> {
  const sections: string[] = [];
  for (const [name, { load }] of Object.entries(COMMANDS))
    sections.push(`## airlock ${name}\n\n\`\`\`\n${helpText(await load())}\n\`\`\``);
  return [
    head,
    '# The command line',
    'From a clone: `npx airlock COMMAND`. Exit code 0 is good, 1 means that the answer is no (a refusal, a failed audit, nothing running), 2 is wrong usage or bad input, with a stable code and what to do next on standard error.',
    ...sections,
    '',
  ].join('\n\n');
}

export function configurationPage(head: string): string {
  const rows = Object.entries(SETTINGS).map(([key, setting]) => {
    const fallback = (setting.codec as { write(value: unknown): Json }).write(setting.fallback);
    const outside =
      setting.fromText === null ? 'file only' : `\`${envName(key)}\`, \`--${flagName(key)}\``;
    const shown = asText(fallback);
    const short = shown.length > 60 ? `${shown.slice(0, 57)}…` : shown;
    return `| \`${key}\` | ${cell(setting.help)} | \`${cell(short)}\` | ${outside} |`;
  });
  return [
    head,
    '# Configuration',
    'A setting comes from a flag of `airlock up`, else from the environment, else from `config.yaml` in the data directory, else it is the default. An unknown setting, and a value that cannot be read, stop the start; every problem is listed at once. `AIRLOCK_HOME` names the data directory. Limits are not settings: they live in `policy.yaml`, which the vault pins ([rules](firewall-rules.md)).',
    ['| setting | what it is | default | elsewhere |', '| --- | --- | --- | --- |', ...rows].join(
      '\n',
    ),
    '',
  ].join('\n\n');
}
