import { parseDocument } from 'yaml';
import { didYouMean } from '../base/nearest-name.ts';
import type { BrokerConfig, ControllerConfig } from './config.ts';
import { crossChecks } from './cross-checks.ts';
import {
  describeSetting,
  formatSetting,
  isAllowed,
  parseSetting,
  type SettingSchema,
} from './kinds.ts';
import {
  BROKER_SETTINGS,
  CONTROLLER_SETTINGS,
  SHARED_SETTINGS,
  TOPIC_DEFAULT_SETTINGS,
} from './settings.ts';

export type Role = 'broker' | 'controller';

/** Where settings come from, strongest first. Reading them is the caller's business. */
export interface ConfigSources {
  /** By the setting's name: `{ 'broker.id': '1' }` for `--broker-id 1`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** The whole environment; only names that begin with `ODRADEK_` are looked at. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** YAML, with dotted names or nested ones, as one likes. */
  readonly file?: { readonly path: string; readonly text: string };
}

export type LoadedConfig<Config> =
  | {
      readonly config: Config;
      /** Where each setting's value came from: `--broker-id`, `ODRADEK_BROKER_ID`, the file, `default`. */
      readonly origins: Readonly<Record<string, string>>;
    }
  /** Sentences, one for each setting that cannot be, in the order of the settings' names. */
  | { readonly problems: readonly string[] };

/** A broker's configuration, or what is wrong with it. */
export function loadBrokerConfig(sources: ConfigSources): LoadedConfig<BrokerConfig> {
  return load('broker', sources) as LoadedConfig<BrokerConfig>;
}

/** A controller's configuration, or what is wrong with it. */
export function loadControllerConfig(sources: ConfigSources): LoadedConfig<ControllerConfig> {
  return load('controller', sources) as LoadedConfig<ControllerConfig>;
}

/** The settings of a role, sorted by name. */
export function settingsOf(role: Role): Readonly<Record<string, SettingSchema>> {
  return SETTINGS[role];
}

const SETTINGS = { broker: sorted(BROKER_SETTINGS), controller: sorted(CONTROLLER_SETTINGS) };

function sorted(own: Record<string, SettingSchema>): Readonly<Record<string, SettingSchema>> {
  const all: Record<string, SettingSchema> = {
    ...SHARED_SETTINGS,
    ...TOPIC_DEFAULT_SETTINGS,
    ...own,
  };
  return Object.freeze(
    Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/** The environment's name for a setting: `ODRADEK_LOG_DIR` for `log.dir`. */
export function environmentNameOf(setting: string): string {
  return `ODRADEK_${setting.replaceAll('.', '_').toUpperCase()}`;
}

/** The flag for a setting: `--log-dir` for `log.dir`. */
export function flagOf(setting: string): string {
  return `--${setting.replaceAll('.', '-')}`;
}

/** Names that begin like settings and are none: the command's own, and the tests'. */
const OTHER_ENVIRONMENT = new Set([
  'ODRADEK_BOOTSTRAP',
  'ODRADEK_CONFIG',
  'ODRADEK_DATA_DIR',
  'ODRADEK_TEST_SUMMARY',
  'ODRADEK_UP_DETACHED',
]);

/** What Kubernetes adds for a Service named `odradek…`; no setting's name looks like this. */
const SERVICE_LINK = /(_SERVICE_HOST|_SERVICE_PORT(_[A-Z0-9_]+)?|_PORT_\d+_(TCP|UDP)(_[A-Z]+)?)$/;

function isServiceLink(variable: string, text: string): boolean {
  return SERVICE_LINK.test(variable) || (variable.endsWith('_PORT') && /^(tcp|udp):/.test(text));
}

interface Given {
  readonly text: string;
  readonly origin: string;
}

/** The result's shape is the role's schema, value by value: the one place where types are claimed. */
function load(role: Role, sources: ConfigSources): LoadedConfig<unknown> {
  const schemas = settingsOf(role);
  const problems: string[] = [];
  // Weakest first, so that what is stronger overwrites it.
  const given = new Map<string, Given>([
    ...fromFile(role, schemas, sources.file, problems),
    ...fromEnvironment(role, schemas, sources.environment ?? {}, problems),
    ...fromFlags(role, schemas, sources.flags ?? {}, problems),
  ]);

  const values: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const found = given.get(name);
    if (found === undefined) {
      if ('default' in schema) values[name] = schema.default;
      else problems.push(missing(role, name));
      origins[name] = 'default';
      continue;
    }
    const value = parseSetting(schema, found.text);
    if (value === null || !isAllowed(schema, value)) {
      problems.push(
        `${name} cannot be "${found.text}" (${found.origin}): it must be ${describeSetting(schema)}`,
      );
    }
    values[name] = value;
    origins[name] = found.origin;
  }
  if (problems.length > 0) return { problems };

  const shown = (name: string) => {
    const schema = schemas[name];
    const value = schema === undefined ? values[name] : formatSetting(schema, values[name]);
    return `${name} (${value}, ${origins[name] ?? 'default'})`;
  };
  const broken = crossChecks(role, values, shown);
  if (broken.length > 0) return { problems: broken };

  const worked = workOut(values);
  const config = Object.fromEntries(
    Object.entries(worked).map(([name, value]) => [propertyOf(name), value]),
  );
  return { config: Object.freeze(config), origins: Object.freeze(origins) };
}

function propertyOf(name: string): string {
  return name.replaceAll(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Fills in what other settings imply. */
function workOut(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const grpcPort = Number(values['grpc.port']);
  return {
    ...values,
    'advertised.host': values['advertised.host'] || values['grpc.host'],
    'advertised.port': values['advertised.port'] || grpcPort,
    'http.host': values['http.host'] || values['grpc.host'],
    'http.port': values['http.port'] || (grpcPort === 0 ? 0 : grpcPort + 100),
  };
}

function missing(role: Role, name: string): string {
  return (
    `${name} is missing, and a ${role} needs it: give it as ${flagOf(name)}, ` +
    `as ${environmentNameOf(name)} or in the configuration file`
  );
}

function unknown(role: Role, name: string, origin: string): string {
  const other: Role = role === 'broker' ? 'controller' : 'broker';
  if (Object.hasOwn(settingsOf(other), name)) {
    return `${name} (${origin}) is a ${other}'s setting, and this is a ${role}`;
  }
  return `there is no setting ${name} (${origin})${didYouMean(name, Object.keys(settingsOf(role)))}`;
}

function* fromFlags(
  role: Role,
  schemas: Readonly<Record<string, SettingSchema>>,
  flags: Readonly<Record<string, string>>,
  problems: string[],
): Generator<[string, Given]> {
  for (const [name, text] of Object.entries(flags)) {
    if (Object.hasOwn(schemas, name)) yield [name, { text, origin: flagOf(name) }];
    else problems.push(unknown(role, name, flagOf(name)));
  }
}

function* fromEnvironment(
  role: Role,
  schemas: Readonly<Record<string, SettingSchema>>,
  environment: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Generator<[string, Given]> {
  const names = new Map(Object.keys(schemas).map((name) => [environmentNameOf(name), name]));
  // One environment often serves both kinds of process: the other one's settings are passed over.
  const other = new Set(
    Object.keys(settingsOf(role === 'broker' ? 'controller' : 'broker')).map(environmentNameOf),
  );
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('ODRADEK_') || text === undefined) continue;
    const name = names.get(variable);
    if (name !== undefined) {
      yield [name, { text, origin: variable }];
    } else if (
      !other.has(variable) &&
      !OTHER_ENVIRONMENT.has(variable) &&
      !isServiceLink(variable, text)
    ) {
      problems.push(
        `the environment variable ${variable} stands for no setting` +
          didYouMean(variable, [...names.keys()]),
      );
    }
  }
}

function* fromFile(
  role: Role,
  schemas: Readonly<Record<string, SettingSchema>>,
  file: ConfigSources['file'],
  problems: string[],
): Generator<[string, Given]> {
  if (file === undefined) return;
  const read = readYaml(file.text);
  if ('problem' in read) {
    problems.push(`${file.path} is not valid YAML: ${read.problem.split('\n')[0] ?? ''}`);
    return;
  }
  const seen = new Set<string>();
  for (const [name, value] of flatten(read.content, '')) {
    if (!Object.hasOwn(schemas, name)) {
      problems.push(
        name === ''
          ? `${file.path} must hold settings, each as "name: value"`
          : unknown(role, name, file.path),
      );
    } else if (seen.has(name)) {
      problems.push(`${name} is given twice (${file.path})`);
    } else if (value !== null && typeof value === 'object') {
      problems.push(`${name} cannot be a list (${file.path})`);
    } else {
      seen.add(name);
      yield [name, { text: value === null ? '' : String(value), origin: file.path }];
    }
  }
}

function readYaml(text: string): { readonly content: unknown } | { readonly problem: string } {
  try {
    // What is odd about it becomes a problem here, not a warning of Node's.
    const document = parseDocument(text, { uniqueKeys: true, logLevel: 'error' });
    const [broken] = document.errors;
    return broken === undefined ? { content: document.toJS() } : { problem: broken.message };
  } catch (error) {
    // An alias of nothing, or of too much, and nesting without end are found only here.
    if (error instanceof ReferenceError || error instanceof RangeError) {
      return { problem: error.message };
    }
    throw error;
  }
}

/** `{ log: { dir: 'x' }, 'grpc.port': 1 }` as `log.dir`, `grpc.port`. An empty file has no settings. */
function* flatten(value: unknown, prefix: string): Generator<[string, unknown]> {
  if (value === null && prefix === '') return;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    yield [prefix, value];
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    yield* flatten(inner, prefix === '' ? key : `${prefix}.${key}`);
  }
}
