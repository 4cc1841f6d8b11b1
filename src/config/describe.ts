import { describeTopicConfig } from '../base/topic-config.ts';
import { describeSetting, formatSetting } from './kinds.ts';
import { environmentNameOf, settingsOf, type Role } from './load.ts';

/** One line of the reference. */
export interface SettingReference {
  readonly name: string;
  readonly environment: string;
  /** As a person would write it; null where the setting must be given. */
  readonly default: string | null;
  /** What it may be, in words that follow "it must be". */
  readonly range: string;
  readonly description: string;
}

/** The settings of a role, sorted by name. */
export function describeConfig(role: Role): SettingReference[] {
  return Object.entries(settingsOf(role)).map(([name, schema]) => ({
    name,
    environment: environmentNameOf(name),
    default: 'default' in schema ? formatSetting(schema, schema.default) : null,
    range: describeSetting(schema),
    description: 'description' in schema ? String(schema.description) : '',
  }));
}

/** The whole reference as Markdown: a broker's settings, a controller's, a topic's. */
export function configReference(): string {
  const rows = (role: Role) =>
    describeConfig(role).map((setting) => {
      const value = setting.default === null ? 'must be given' : code(setting.default);
      return `| ${code(setting.name)} | ${value} | ${setting.description} |`;
    });
  const topicRows = describeTopicConfig().map(
    (setting) =>
      `| ${code(setting.name)} | ${code(setting.default)} | ${setting.description}` +
      `${setting.fixed ? ' (fixed at creation)' : ''} |`,
  );
  const table = (title: string, lines: readonly string[]) =>
    [`## ${title}`, '', '| setting | default | meaning |', '|---|---|---|', ...lines].join('\n');
  return [
    table('Broker', rows('broker')),
    table('Controller', rows('controller')),
    table('Topic', topicRows),
  ].join('\n\n');
}

function code(text: string): string {
  return text === '' ? 'empty' : `\`${text}\``;
}
