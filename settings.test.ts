import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parseSettings, SettingError, settingsHelp, settingsTable } from './settings.ts';

test('defaults are the documented ones', () => {
  const { settings } = parseSettings([], {});
  assert.deepEqual(settings.addr, { host: '127.0.0.1', port: 8080 });
  assert.equal(settings.db, './maintenant.db');
  assert.equal(settings.basePath, '/');
  assert.equal(settings.logLevel, 'info');
  assert.equal(settings.retention, 90 * 86_400_000);
  assert.equal(settings.auth, 'none');
  assert.deepEqual(settings.namespaces, []);
  assert.deepEqual(settings.excludeNamespaces, []);
});

test('a flag wins over its variable, and the source is told', () => {
  const { settings, effective } = parseSettings(['--addr', '0.0.0.0:9000'], {
    MAINTENANT_ADDR: '127.0.0.1:7000',
    MAINTENANT_LOG_LEVEL: 'debug',
  });
  assert.deepEqual(settings.addr, { host: '0.0.0.0', port: 9000 });
  const bySetting = new Map(effective.map((entry) => [entry.name, entry]));
  assert.equal(bySetting.get('MAINTENANT_ADDR')?.source, 'flag');
  assert.equal(bySetting.get('MAINTENANT_LOG_LEVEL')?.source, 'environment');
  assert.equal(bySetting.get('MAINTENANT_DB')?.source, 'default');
});

test('an empty variable is an unset one', () => {
  const { settings } = parseSettings([], { MAINTENANT_K8S_NAMESPACES: '', MAINTENANT_ADDR: '' });
  assert.deepEqual(settings.namespaces, []);
  assert.equal(settings.addr.port, 8080);
});

test('lists are trimmed and duplicates dropped', () => {
  const { settings } = parseSettings([], { MAINTENANT_K8S_NAMESPACES: ' shop, billing ,,shop' });
  assert.deepEqual(settings.namespaces, ['shop', 'billing']);
});

test('hosts may be names, and names below one', () => {
  const names = ['status.example.com', '*.example.com', 'maintenant', 'xn--bcher-kva.example', 'a_b.svc'];
  assert.deepEqual(parseSettings(['--allowed-hosts', names.join()], {}).settings.allowedHosts, names);
});

test('a base path always ends in a slash', () => {
  assert.equal(parseSettings(['--base-path', '/status'], {}).settings.basePath, '/status/');
});

test('values of secrets are never part of what is shown', () => {
  const { effective } = parseSettings([], { MAINTENANT_LICENSE_KEY: 'secret-key' });
  const license = effective.find((entry) => entry.name === 'MAINTENANT_LICENSE_KEY');
  assert.deepEqual(license, { name: 'MAINTENANT_LICENSE_KEY', value: '', source: 'environment', redacted: true });
});

const refused: readonly (readonly [title: string, environment: Record<string, string>, sentence: RegExp])[] = [
  ['an address without a port', { MAINTENANT_ADDR: 'localhost' }, /MAINTENANT_ADDR is "localhost".*HOST:PORT/],
  ['a port beyond 65535', { MAINTENANT_ADDR: ':70000' }, /MAINTENANT_ADDR is ":70000"/],
  ['an unknown log level', { MAINTENANT_LOG_LEVEL: 'loud' }, /"loud".*debug, info, warn, error/],
  ['a namespace that cannot exist', { MAINTENANT_K8S_NAMESPACES: 'shop,Shop_1' }, /holds "Shop_1".*cannot be the name/],
  ['a namespace that is too long', { MAINTENANT_K8S_EXCLUDE_NAMESPACES: 'a'.repeat(64) }, /cannot be the name/],
  ['a retention without a unit', { MAINTENANT_RETENTION: '90' }, /MAINTENANT_RETENTION is "90".*30d/],
  ['a retention of nothing', { MAINTENANT_RETENTION: '0d' }, /between 1d and 3650d/],
  ['a database limit that holds nothing', { MAINTENANT_DB_MAX: '1Mi' }, /at least 16Mi/],
  ['a base path with a query', { MAINTENANT_BASE_PATH: '/a?b' }, /must be a path/],
  // Tried in every way to cut it into names, this one takes hours to refuse.
  ['a long base path that ends wrong', { MAINTENANT_BASE_PATH: `/${'a'.repeat(40)}?` }, /must be a path/],
  [
    'half an address range',
    { MAINTENANT_AUTH_FORWARD_CIDRS: '10.42/16' },
    /holds "10\.42\/16", and must be address ranges such as/,
  ],
  [
    'a page in place of a host',
    { MAINTENANT_ALLOWED_HOSTS: 'https://a.example.com/' },
    /without scheme, port and path/,
  ],
  [
    'a host with its port',
    { MAINTENANT_ALLOWED_HOSTS: 'a.example.com,b.example.com:8443' },
    /holds "b\.example\.com:8443"/,
  ],
  [
    'the hash of no token at all',
    { MAINTENANT_AUTH_TOKENS: `sha256:${createHash('sha256').digest('hex')}` },
    /hash of an empty token.*openssl rand/,
  ],
  ['an unknown runtime', { MAINTENANT_RUNTIME: 'nomad' }, /"nomad".*kubernetes, demo/],
  ['the docker runtime', { MAINTENANT_RUNTIME: 'docker' }, /docker.*not support yet.*kubernetes/],
  ['token mode without tokens', { MAINTENANT_AUTH: 'token' }, /MAINTENANT_AUTH_TOKENS is empty.*sha256sum/],
  ['a token in the clear', { MAINTENANT_AUTH: 'token', MAINTENANT_AUTH_TOKENS: 'hunter2' }, /must hold hashes/],
  ['forward mode without proxies', { MAINTENANT_AUTH: 'forward' }, /MAINTENANT_AUTH_FORWARD_CIDRS is empty/],
  [
    'an address range with too many bits',
    { MAINTENANT_AUTH: 'forward', MAINTENANT_AUTH_FORWARD_CIDRS: '10.0.0.0/33' },
    /10\.0\.0\.0\/33/,
  ],
  ['an origin with a path', { MAINTENANT_CORS_ORIGINS: 'https://a.example/x' }, /must be origins/],
];
for (const [title, environment, sentence] of refused) {
  test(`refuses ${title} and names the fix`, () => {
    assert.throws(
      () => parseSettings([], environment),
      (error) => error instanceof SettingError && sentence.test(error.message),
    );
  });
}

test('a token in the clear is not repeated in the error', () => {
  assert.throws(
    () => parseSettings([], { MAINTENANT_AUTH: 'token', MAINTENANT_AUTH_TOKENS: 'hunter2' }),
    (error) => error instanceof SettingError && !error.message.includes('hunter2'),
  );
});

test('an unknown flag is refused by its name', () => {
  assert.throws(
    () => parseSettings(['--adr', ':1'], {}),
    (error) => error instanceof SettingError && /--adr/.test(error.message) && /--help/.test(error.message),
  );
});

test('help lists every variable with its flag', () => {
  const help = settingsHelp();
  for (const entry of Object.values(settingsTable)) {
    assert.ok(help.includes(`--${entry.flag} `) && help.includes(entry.variable), entry.variable);
  }
});
