import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { CredentialSource } from './credentials.ts';
import { kubeconfigPaths, loadKubeConfig } from './kubeconfig.ts';

const directory = await mkdtemp(join(tmpdir(), 'maintenant-kubeconfig-'));
after(() => rm(directory, { recursive: true }));

let files = 0;
async function file(content: string | object): Promise<string> {
  const path = join(directory, `config-${files++}`);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const whole = {
  clusters: [{ name: 'prod', cluster: { server: 'https://prod:6443/' } }],
  users: [{ name: 'me', user: { token: 'secret' } }],
  contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'me' } }],
  'current-context': 'prod',
};

test('KUBECONFIG is a list; without it the file in the home directory', () => {
  assert.deepEqual(kubeconfigPaths({ KUBECONFIG: ['/a', '', '/b'].join(delimiter) }, '/home/me'), ['/a', '/b']);
  assert.deepEqual(kubeconfigPaths({ KUBECONFIG: '' }, '/home/me'), ['/home/me/.kube/config']);
});

test('one cluster, one user, one context', async () => {
  const config = loadKubeConfig({ type: 'kubeconfig', paths: [await file(whole)] });
  assert.equal(config.getCurrentCluster()?.server, 'https://prod:6443');
  assert.equal(config.getCurrentUser()?.token, 'secret');
});

test('files are merged, the first that names something wins, missing ones are passed over', async () => {
  const first = await file({
    contexts: [{ name: 'both', context: { cluster: 'prod', user: 'me' } }],
    'current-context': 'both',
  });
  const other = { ...whole, 'current-context': 'prod' };
  const config = loadKubeConfig({ type: 'kubeconfig', paths: [join(directory, 'missing'), first, await file(other)] });
  assert.equal(config.getCurrentContext(), 'both');
  assert.equal(config.getCurrentCluster()?.server, 'https://prod:6443');
});

test('a context by name', async () => {
  const contexts = [...whole.contexts, { name: 'anonymous', context: { cluster: 'prod' } }];
  const path = await file({ ...whole, contexts });
  const config = loadKubeConfig({ type: 'kubeconfig', paths: [path], context: 'anonymous' });
  assert.equal(config.getCurrentUser()?.token, undefined);
});

/** As kubectl, kubelogin and agents write it, and as a file of JSON. */
const withTokenFile: readonly (readonly [title: string, user: string])[] = [
  ['YAML in block style', '\n    user:\n      tokenFile: token # rotated\n'],
  ['quotes', '\n    user:\n      tokenFile: "token"\n'],
  ['flow style', ' user: {tokenFile: token}\n'],
  ['JSON', ' "user": {"tokenFile": "./token", "username": ""}\n'],
  ['a token beside it, which the file wins over', '\n    user:\n      token: old\n      tokenFile: token\n'],
  [
    'the form that KubeConfig knows',
    ' user: {auth-provider: {name: tokenFile, config: {tokenFile: DIRECTORY/token}}}\n',
  ],
];
for (const [title, user] of withTokenFile) {
  test(`the file with a user's token: ${title}`, async () => {
    const block = user.startsWith(' ');
    const text = user.replace('DIRECTORY', directory);
    const head = JSON.stringify({ ...whole, users: undefined }).slice(0, -1);
    const path = await file(
      block
        ? `${head}, "users": [{"name": "me",${text}}]}`
        : `clusters: ${JSON.stringify(whole.clusters)}\ncontexts: ${JSON.stringify(whole.contexts)}\ncurrent-context: prod\nusers:\n  - name: me${text}`,
    );
    await writeFile(join(directory, 'token'), 'from-file\n');
    const credentials = await new CredentialSource({ type: 'kubeconfig', paths: [path] }).current();
    assert.equal(credentials.headers['authorization'], 'Bearer from-file');
  });
}

const broken: readonly (readonly [string, string | object, RegExp])[] = [
  ['an empty file', '', /is no kubeconfig \(.+\): write it anew, .* or set KUBECONFIG to another file\.$/],
  ['no YAML', 'a: [1', /is no kubeconfig \(.+\): write it anew/],
  [
    'a cluster without server',
    { ...whole, clusters: [{ name: 'prod', cluster: {} }] },
    /clusters\[0\]\.cluster\.server is missing/,
  ],
  [
    'no current-context',
    { ...whole, 'current-context': '' },
    /names no current-context: choose one with "kubectl config use-context NAME" \(it has: prod\)\.$/,
  ],
  [
    'an unknown context',
    { ...whole, 'current-context': 'stage' },
    /^context "stage" is not in .+: choose one that is \(it has: prod\)\.$/,
  ],
  [
    'an unknown cluster',
    { ...whole, contexts: [{ name: 'prod', context: { cluster: 'gone', user: 'me' } }] },
    /names the cluster "gone", which is not there: correct the context \(clusters: prod\)\.$/,
  ],
  [
    'an unknown user',
    { ...whole, contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'you' } }] },
    /names the user "you", which is not there/,
  ],
  [
    'a server that is no URL',
    { ...whole, clusters: [{ name: 'prod', cluster: { server: 'prod:6443' } }] },
    /^server "prod:6443" of cluster "prod" in .+ is no URL: write it as https:\/\/HOST:PORT\.$/,
  ],
  [
    'a CA that is not there',
    {
      ...whole,
      clusters: [{ name: 'prod', cluster: { server: 'https://prod', 'certificate-authority': '/none/ca.crt' } }],
    },
    /^certificate-authority of cluster "prod" is \/none\/ca\.crt, which does not exist: correct the path in the kubeconfig\.$/,
  ],
];

for (const [name, content, message] of broken) {
  test(`${name} is told in one sentence with the fix`, async () => {
    const path = await file(content);
    assert.throws(() => loadKubeConfig({ type: 'kubeconfig', paths: [path] }), { name: 'KubeConfigError', message });
  });
}

test('no file at all names each of them', () => {
  assert.throws(() => loadKubeConfig({ type: 'kubeconfig', paths: ['/none/a', '/none/b'] }), {
    name: 'KubeConfigError',
    message:
      'no kubeconfig: /none/a does not exist, /none/b does not exist. Set KUBECONFIG to an existing file, or run "maintenant demo" to look around without a cluster.',
  });
});

test('a directory in place of a file', () => {
  assert.throws(() => loadKubeConfig({ type: 'kubeconfig', paths: [directory] }), { message: /is a directory/ });
});

test('inside a cluster: the token file that is missing is named with the fix', async (context) => {
  const saved = { ...process.env };
  context.after(() => {
    process.env = saved;
  });
  delete process.env['KUBERNETES_SERVICE_HOST'];
  assert.throws(() => loadKubeConfig({ type: 'inCluster', root: directory }), {
    message: /^KUBERNETES_SERVICE_HOST is not set/,
  });
  process.env['KUBERNETES_SERVICE_HOST'] = '10.0.0.1';
  process.env['KUBERNETES_SERVICE_PORT'] = '443';
  assert.throws(() => loadKubeConfig({ type: 'inCluster', root: directory }), {
    name: 'KubeConfigError',
    message:
      /serviceaccount\/token does not exist: the pod needs a service account with automountServiceAccountToken: true\.$/,
  });
  const account = join(directory, 'var/run/secrets/kubernetes.io/serviceaccount');
  await mkdir(account, { recursive: true });
  await writeFile(join(account, 'token'), 'secret\n');
  await writeFile(join(account, 'ca.crt'), 'ca');
  await chmod(join(account, 'token'), 0o600);
  assert.equal(
    loadKubeConfig({ type: 'inCluster', root: directory }).getCurrentCluster()?.server,
    'https://10.0.0.1:443',
  );
});
