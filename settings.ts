import { isIP } from 'node:net';
import { parseArgs } from 'node:util';

/**
 * Every variable and flag of the product in one table: parsing, `--help`, the Doctor panel and the configuration page
 * of the documentation all read it, so they cannot disagree. Parsed once, by `main.ts`; nothing else reads a variable of
 * ours. One that is set but empty counts as unset.
 */

/** A setting that cannot be used. The message names the value and the fix; `main.ts` ends with exit code 2. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

interface Setting<Value> {
  readonly variable: string;
  readonly flag: string;
  /** As it would be written in the environment. */
  readonly default: string;
  readonly placeholder: string;
  /** One sentence with the unit, for `--help` and the documentation. */
  readonly description: string;
  /** Never shown: tokens and keys. */
  readonly secret: boolean;
  readonly parse: (text: string, label: string) => Value;
}

function setting<Value>(
  variable: string,
  placeholder: string,
  defaultText: string,
  description: string,
  parse: (text: string, label: string) => Value,
  secret = false,
): Setting<Value> {
  const flag = variable.replace('MAINTENANT_', '').toLowerCase().replaceAll('_', '-');
  return { variable, flag, default: defaultText, placeholder, description, secret, parse };
}

export type Runtime = 'kubernetes' | 'demo';
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const text = (value: string): string => value;
const optionalText = (value: string): string | null => (value === '' ? null : value);

function oneOf<Choice extends string>(...choices: readonly Choice[]) {
  return (value: string, label: string): Choice => {
    const found = choices.find((choice) => choice === value);
    if (found !== undefined) return found;
    throw new SettingError(`${label} is "${value}", and must be one of ${choices.join(', ')}.`);
  };
}

function address(value: string, label: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new SettingError(`${label} is "${value}", and must be HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080.`);
  }
  const host = match[1] ?? match[2] ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port };
}

function basePath(value: string, label: string): string {
  if (!/^\/(?:[A-Za-z0-9._~-]+\/)*[A-Za-z0-9._~-]*$/.test(value)) {
    throw new SettingError(`${label} is "${value}", and must be a path such as / or /maintenant/.`);
  }
  return value.endsWith('/') ? value : `${value}/`;
}

const list = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** RFC 1123 label, 63 characters at most: what the API server accepts as the name of a namespace. */
const namespaceName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

function namespaces(value: string, label: string): string[] {
  const names = [...new Set(list(value))];
  for (const name of names) {
    if (namespaceName.test(name)) continue;
    throw new SettingError(
      `${label} holds "${name}", which cannot be the name of a namespace: write lower-case letters, digits and "-", 63 at most, separated by commas.`,
    );
  }
  return names;
}

const durationUnitsMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function durationMs(minimumMs: number, maximumMs: number, range: string) {
  return (value: string, label: string): number => {
    const match = /^(\d{1,9})(s|m|h|d)$/.exec(value);
    const unitMs = durationUnitsMs[match?.[2] ?? ''];
    const ms = match === null || unitMs === undefined ? Number.NaN : Number(match[1]) * unitMs;
    if (!(ms >= minimumMs && ms <= maximumMs)) {
      throw new SettingError(
        `${label} is "${value}", and must be a number with s, m, h or d between ${range}, for example 30d.`,
      );
    }
    return ms;
  };
}

const sizeUnits: Readonly<Record<string, number>> = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 };
/** Below this the schema, one WAL and a few days of history do not fit. */
const smallestDatabaseBytes = 16 * 1024 ** 2;

function sizeBytes(value: string, label: string): number | null {
  if (value === '') return null;
  const match = /^(\d{1,9})(Ki|Mi|Gi|Ti)$/.exec(value);
  const bytes = Number(match?.[1]) * (sizeUnits[match?.[2] ?? ''] ?? Number.NaN);
  if (!(bytes >= smallestDatabaseBytes)) {
    throw new SettingError(`${label} is "${value}", and must be a size of at least 16Mi, for example 512Mi or 2Gi.`);
  }
  return bytes;
}

function hostNames(value: string, label: string): string[] {
  return list(value).map((name) => {
    if (/^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/.test(name)) return name;
    throw new SettingError(
      `${label} holds "${name}", and must be names as they stand in the address of the page, without scheme, port and path: status.example.com or *.example.com.`,
    );
  });
}

function origins(value: string, label: string): string[] {
  return list(value).map((origin) => {
    const url = URL.parse(origin);
    if (url !== null && url.origin === origin && (url.protocol === 'https:' || url.protocol === 'http:')) return origin;
    throw new SettingError(`${label} holds "${origin}", and must be origins such as https://status.example.com.`);
  });
}

/** What `printf %s "$TOKEN" | sha256sum` prints where TOKEN is not set: nobody could sign in with it. */
const hashOfNothing = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function tokenHashes(value: string, label: string): string[] {
  return list(value).map((hash) => {
    if (hash === hashOfNothing) {
      throw new SettingError(
        `${label} holds the hash of an empty token: TOKEN was not set when it was made. Make one first: TOKEN=$(openssl rand -hex 32)`,
      );
    }
    if (/^sha256:[0-9a-f]{64}$/.test(hash)) return hash;
    throw new SettingError(
      `${label} must hold hashes written as sha256:<64 hex digits>, separated by commas; make one with: printf %s "$TOKEN" | sha256sum`,
    );
  });
}

function cidrs(value: string, label: string): string[] {
  return list(value).map((cidr) => {
    const match = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(cidr);
    const family = isIP(match?.[1] ?? '');
    if (family !== 0 && Number(match?.[2]) <= (family === 6 ? 128 : 32)) return cidr;
    throw new SettingError(`${label} holds "${cidr}", and must be address ranges such as 10.42.0.0/16.`);
  });
}

const dayMs = 86_400_000;

export const settingsTable = {
  runtime: setting(
    'MAINTENANT_RUNTIME',
    'NAME',
    '',
    'Runtime to watch: kubernetes, or demo for a simulated cluster. Empty: detected from KUBERNETES_SERVICE_HOST, then KUBECONFIG, then ~/.kube/config.',
    (value, label): Runtime | null => {
      if (value === '') return null;
      if (value === 'docker') {
        throw new SettingError(
          `${label} is "docker", which this version does not support yet: set it to kubernetes, or to demo to look around.`,
        );
      }
      return oneOf('kubernetes', 'demo')(value, label);
    },
  ),
  addr: setting('MAINTENANT_ADDR', 'HOST:PORT', '127.0.0.1:8080', 'Address on which page and API are served.', address),
  db: setting(
    'MAINTENANT_DB',
    'FILE',
    './maintenant.db',
    'SQLite file that holds the history; its folder must be writable.',
    text,
  ),
  dbMax: setting(
    'MAINTENANT_DB_MAX',
    'SIZE',
    '',
    'Upper bound for all database files together (Ki, Mi, Gi). Empty: 70 % of the volume; the smaller of both holds.',
    sizeBytes,
  ),
  retention: setting(
    'MAINTENANT_RETENTION',
    'DURATION',
    '90d',
    'How long history is kept (s, m, h, d).',
    durationMs(dayMs, 3650 * dayMs, '1d and 3650d'),
  ),
  basePath: setting(
    'MAINTENANT_BASE_PATH',
    'PATH',
    '/',
    'Path under which page and API are served, for a sub-path behind a proxy.',
    basePath,
  ),
  logLevel: setting(
    'MAINTENANT_LOG_LEVEL',
    'LEVEL',
    'info',
    'debug, info, warn or error; one JSON line per entry on standard error.',
    oneOf('debug', 'info', 'warn', 'error'),
  ),
  namespaces: setting(
    'MAINTENANT_K8S_NAMESPACES',
    'A,B',
    '',
    'Allowlist: only these namespaces are watched, each by requests of its own, so a Role in each is enough. Wins over the blocklist.',
    namespaces,
  ),
  excludeNamespaces: setting(
    'MAINTENANT_K8S_EXCLUDE_NAMESPACES',
    'A,B',
    '',
    'Blocklist: all namespaces but these; kube-system and kube-public are added by themselves. Empty: nothing is excluded.',
    namespaces,
  ),
  kubeContext: setting(
    'MAINTENANT_K8S_CONTEXT',
    'NAME',
    '',
    "Context of the kubeconfig file. Empty: the file's current context.",
    optionalText,
  ),
  auth: setting(
    'MAINTENANT_AUTH',
    'MODE',
    'none',
    'Who may look: none (everybody who reaches the port), token (bearer tokens and a sign-in page), forward (user header of a reverse proxy).',
    oneOf('none', 'token', 'forward'),
  ),
  authTokens: setting(
    'MAINTENANT_AUTH_TOKENS',
    'HASHES',
    '',
    'Accepted tokens for auth mode token, as sha256:<hex> hashes separated by commas.',
    tokenHashes,
    true,
  ),
  authForwardHeader: setting(
    'MAINTENANT_AUTH_FORWARD_HEADER',
    'NAME',
    'X-Forwarded-User',
    'Header that carries the user in auth mode forward.',
    (value, label) => {
      if (/^[A-Za-z0-9-]{1,64}$/.test(value)) return value;
      throw new SettingError(`${label} is "${value}", and must be the name of a header such as X-Forwarded-User.`);
    },
  ),
  authForwardCidrs: setting(
    'MAINTENANT_AUTH_FORWARD_CIDRS',
    'CIDRS',
    '',
    'Address ranges of the proxies whose header is believed in auth mode forward; nobody else is.',
    cidrs,
  ),
  allowedHosts: setting(
    'MAINTENANT_ALLOWED_HOSTS',
    'A,B',
    '',
    'Host names under which the page may be asked for, against DNS rebinding. Empty: every name, unless the address is loopback; localhost and IP addresses always.',
    hostNames,
  ),
  corsOrigins: setting(
    'MAINTENANT_CORS_ORIGINS',
    'A,B',
    '',
    'Origins that may read the API from a browser. Empty: none.',
    origins,
  ),
  metricsInterval: setting(
    'MAINTENANT_METRICS_INTERVAL',
    'DURATION',
    '60s',
    'How often CPU and memory are read from metrics-server (s, m).',
    durationMs(10_000, 3_600_000, '10s and 60m'),
  ),
  licenseKey: setting(
    'MAINTENANT_LICENSE_KEY',
    'KEY',
    '',
    'License key. Shows organisation and edition; it unlocks nothing and its absence blocks nothing.',
    optionalText,
    true,
  ),
} satisfies Readonly<Record<string, Setting<unknown>>>;

type Table = typeof settingsTable;
export type Settings = { readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']> };
type SettingName = keyof Table;

/** A setting as it took effect, for the Doctor panel. */
export interface EffectiveSetting {
  readonly name: string;
  /** Empty for an unset one; never the value of a secret. */
  readonly value: string;
  readonly source: 'default' | 'environment' | 'flag';
  readonly redacted: boolean;
}

export interface ParsedSettings {
  readonly settings: Settings;
  readonly effective: readonly EffectiveSetting[];
}

/**
 * Flags before variables before defaults.
 * @param args what follows the command, for instance `['--addr', '0.0.0.0:8080']`
 * @throws SettingError for an unknown flag, a value that does not parse, or settings that contradict each other
 */
export function parseSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ParsedSettings {
  const flags = parseFlags(args);
  const effective: EffectiveSetting[] = [];

  function read<Name extends SettingName>(name: Name): Settings[Name] {
    const entry = settingsTable[name];
    const fromFlag = flags[entry.flag];
    const fromEnvironment = environment[entry.variable];
    const source =
      fromFlag !== undefined
        ? 'flag'
        : fromEnvironment !== undefined && fromEnvironment !== ''
          ? 'environment'
          : 'default';
    const value =
      source === 'flag' ? (fromFlag ?? '') : source === 'environment' ? (fromEnvironment ?? '') : entry.default;
    const redacted = entry.secret && value !== '';
    effective.push({ name: entry.variable, value: redacted ? '' : value, source, redacted });
    // `Settings[Name]` is by definition what this entry's parser returns; TypeScript cannot follow it through the lookup.
    return entry.parse(value, source === 'flag' ? `--${entry.flag}` : entry.variable) as Settings[Name];
  }

  const settings: Settings = {
    runtime: read('runtime'),
    addr: read('addr'),
    db: read('db'),
    dbMax: read('dbMax'),
    retention: read('retention'),
    basePath: read('basePath'),
    logLevel: read('logLevel'),
    namespaces: read('namespaces'),
    excludeNamespaces: read('excludeNamespaces'),
    kubeContext: read('kubeContext'),
    auth: read('auth'),
    authTokens: read('authTokens'),
    authForwardHeader: read('authForwardHeader'),
    authForwardCidrs: read('authForwardCidrs'),
    allowedHosts: read('allowedHosts'),
    corsOrigins: read('corsOrigins'),
    metricsInterval: read('metricsInterval'),
    licenseKey: read('licenseKey'),
  };
  if (settings.auth === 'token' && settings.authTokens.length === 0) {
    throw new SettingError(
      'MAINTENANT_AUTH is "token", but MAINTENANT_AUTH_TOKENS is empty, so nobody could sign in: set it to sha256:<hex> of a token, made with: printf %s "$TOKEN" | sha256sum',
    );
  }
  if (settings.auth === 'forward' && settings.authForwardCidrs.length === 0) {
    throw new SettingError(
      'MAINTENANT_AUTH is "forward", but MAINTENANT_AUTH_FORWARD_CIDRS is empty, so no proxy would be believed: set it to the address range of your proxy, for example 10.42.0.0/16.',
    );
  }
  return { settings, effective };
}

function parseFlags(args: readonly string[]): Readonly<Record<string, string | undefined>> {
  const options = Object.fromEntries(
    Object.values(settingsTable).map((entry) => [entry.flag, { type: 'string' as const }]),
  );
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
    return Object.fromEntries(
      Object.entries(values).map(([flag, value]) => [flag, typeof value === 'string' ? value : undefined]),
    );
  } catch (error) {
    // parseArgs' own messages name the flag; its hints about `--` would only confuse here.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. To specify');
    throw new SettingError(`${sentence}. "maintenant --help" lists the flags.`, { cause: error });
  }
}

/** The settings part of `--help`. */
export function settingsHelp(): string {
  return Object.values(settingsTable)
    .map((entry) => {
      const fallback = entry.default === '' ? '' : ` Default: ${entry.default}.`;
      return `  --${entry.flag} ${entry.placeholder}\n      ${entry.variable}. ${entry.description}${fallback}`;
    })
    .join('\n');
}
