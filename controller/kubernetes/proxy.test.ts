import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor } from './proxy.ts';

const proxy = { HTTPS_PROXY: 'http://proxy:3128' };
const cases: readonly (readonly [string, string, string | null, Readonly<Record<string, string>>, string | null])[] = [
  ['no proxy anywhere', 'https://api.example.com:6443', null, {}, null],
  [
    'the environment by scheme',
    'https://api.example.com:6443',
    null,
    { ...proxy, HTTP_PROXY: 'http://other' },
    'http://proxy:3128',
  ],
  ['the other scheme', 'http://api.example.com', null, { HTTP_PROXY: 'proxy:80' }, 'http://proxy:80'],
  ['lower case first', 'https://api.example.com', null, { ...proxy, https_proxy: 'http://lower' }, 'http://lower'],
  [
    'the kubeconfig alone decides',
    'https://api.example.com',
    'socks5://gate:1080',
    { ...proxy, NO_PROXY: '*' },
    'socks5://gate:1080',
  ],
  ['this machine is never proxied', 'https://127.0.0.1:6443', null, proxy, null],
  ['nor localhost', 'https://localhost:6443', null, proxy, null],
  ['nor ::1', 'https://[::1]:6443', null, proxy, null],
  ['NO_PROXY: everything', 'https://api.example.com', null, { ...proxy, NO_PROXY: '*' }, null],
  [
    'NO_PROXY: a domain and what is below it',
    'https://api.example.com',
    null,
    { ...proxy, NO_PROXY: 'example.com' },
    null,
  ],
  ['NO_PROXY: the domain itself', 'https://example.com', null, { ...proxy, NO_PROXY: 'example.com' }, null],
  [
    'NO_PROXY: a leading dot means below it',
    'https://example.com',
    null,
    { ...proxy, NO_PROXY: '.example.com' },
    'http://proxy:3128',
  ],
  [
    'NO_PROXY: not a mere ending',
    'https://badexample.com',
    null,
    { ...proxy, NO_PROXY: 'example.com' },
    'http://proxy:3128',
  ],
  ['NO_PROXY: an address', 'https://10.0.0.1', null, { ...proxy, NO_PROXY: 'a, 10.0.0.1' }, null],
  ['NO_PROXY: a network', 'https://10.1.2.3', null, { ...proxy, NO_PROXY: '10.0.0.0/8' }, null],
  ['NO_PROXY: another network', 'https://11.1.2.3', null, { ...proxy, NO_PROXY: '10.0.0.0/8' }, 'http://proxy:3128'],
  [
    'NO_PROXY: a network of nonsense',
    'https://10.1.2.3',
    null,
    { ...proxy, NO_PROXY: '10.0.0.0/99,x/8' },
    'http://proxy:3128',
  ],
  ['NO_PROXY: an IPv6 network', 'https://[fd00::1]:6443', null, { ...proxy, NO_PROXY: 'fd00::/8' }, null],
  ['NO_PROXY: the right port', 'https://api:6443', null, { ...proxy, NO_PROXY: 'api:6443' }, null],
  ['NO_PROXY: another port', 'https://api:443', null, { ...proxy, NO_PROXY: 'api:6443' }, 'http://proxy:3128'],
];

for (const [name, server, proxyUrl, environment, expected] of cases) {
  test(name, () => {
    assert.equal(proxyFor(new URL(server), proxyUrl, environment), expected);
  });
}
