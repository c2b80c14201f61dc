import { readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
// The config module alone: the package's index would pull in Watch, informers, ws and tar into the bundle.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';

/** Where the address of the API server and the right to ask it come from. */
export type ClusterSource =
  /** The service account that Kubernetes mounts into a pod. `root` is put before its paths; for tests. */
  | { readonly type: 'inCluster'; readonly root?: string }
  /** Files of kubectl's format, merged in order: the first to name something wins. `context` overrides current-context. */
  | { readonly type: 'kubeconfig'; readonly paths: readonly string[]; readonly context?: string };

/** The configuration cannot work: one sentence that names the value and the fix. A bad start, exit code 2. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The files of `KUBECONFIG` (a list, as in PATH), or `~/.kube/config` when it is unset or empty. */
export function kubeconfigPaths(environment: Readonly<NodeJS.ProcessEnv>, homeDirectory: string): readonly string[] {
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(homeDirectory, '.kube', 'config')];
}

/** Exactly one cluster, user and context, all of them checked. @throws KubeConfigError */
export function loadKubeConfig(source: ClusterSource): KubeConfig {
  return source.type === 'inCluster' ? loadInCluster(source.root ?? '') : loadFiles(source.paths, source.context);
}

function loadInCluster(root: string): KubeConfig {
  const host = process.env['KUBERNETES_SERVICE_HOST'];
  const port = process.env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) {
    const missing = host ? 'KUBERNETES_SERVICE_PORT' : 'KUBERNETES_SERVICE_HOST';
    throw new KubeConfigError(
      `${missing} is not set: inside a cluster Kubernetes sets it; elsewhere unset MAINTENANT_RUNTIME and give KUBECONFIG.`,
    );
  }
  for (const file of ['token', 'ca.crt']) {
    const path = `${root}${serviceAccount}/${file}`;
    const problem = unreadable(path);
    if (problem !== null) {
      throw new KubeConfigError(
        `${path} ${problem}: the pod needs a service account with automountServiceAccountToken: true.`,
      );
    }
  }
  const config = new KubeConfig();
  config.loadFromCluster(root);
  return config;
}

function loadFiles(paths: readonly string[], wantedContext: string | undefined): KubeConfig {
  const files = readFiles(paths);
  const names = files.map((file) => file.path).join(', ');
  const all = {
    contexts: files.flatMap((file) => file.config.contexts),
    clusters: files.flatMap((file) => file.config.clusters),
    users: files.flatMap((file) => file.config.users),
  };

  const contextName = wantedContext ?? files.map((file) => file.config.currentContext).find((name) => Boolean(name));
  const known = all.contexts.map((context) => context.name).join(', ') || 'none';
  if (!contextName) {
    throw new KubeConfigError(
      `${names} names no current-context: choose one with "kubectl config use-context NAME" (it has: ${known}).`,
    );
  }
  const context = all.contexts.find((candidate) => candidate.name === contextName);
  if (!context) {
    throw new KubeConfigError(`context "${contextName}" is not in ${names}: choose one that is (it has: ${known}).`);
  }
  const cluster = all.clusters.find((candidate) => candidate.name === context.cluster);
  if (!cluster) {
    const clusters = all.clusters.map((candidate) => candidate.name).join(', ') || 'none';
    throw new KubeConfigError(
      `context "${contextName}" in ${names} names the cluster "${context.cluster ?? ''}", which is not there: correct the context (clusters: ${clusters}).`,
    );
  }
  const server = parseServer(cluster.server, `cluster "${cluster.name}" in ${names}`);

  const user = all.users.find((candidate) => candidate.name === context.user);
  if (!user && context.user) {
    throw new KubeConfigError(
      `context "${contextName}" in ${names} names the user "${context.user}", which is not there: add it or correct the context.`,
    );
  }
  // KubeConfig leaves out the CA when there is no user at all.
  const asked = user ?? { name: 'anonymous' };
  checkFile(cluster.caFile, `certificate-authority of cluster "${cluster.name}"`);
  checkFile(asked.certFile, `client-certificate of user "${asked.name}"`);
  checkFile(asked.keyFile, `client-key of user "${asked.name}"`);

  const config = new KubeConfig();
  config.loadFromOptions({
    // KubeConfig wants this flag for plain http, where there is no TLS to verify (a kubectl proxy, a simulator).
    clusters: [server.protocol === 'http:' ? { ...cluster, skipTLSVerify: true } : cluster],
    users: [asked],
    contexts: [{ ...context, user: asked.name }],
    currentContext: contextName,
  });
  return config;
}

function readFiles(paths: readonly string[]): readonly { readonly path: string; readonly config: KubeConfig }[] {
  const problems: string[] = [];
  const files: { path: string; config: KubeConfig }[] = [];
  for (const path of paths) {
    const problem = unreadable(path);
    // As kubectl does it: a file of the list may be missing as long as another is there.
    if (problem === null) files.push({ path, config: parseFile(path) });
    else problems.push(`${path} ${problem}`);
  }
  if (files.length > 0) return files;
  throw new KubeConfigError(
    `no kubeconfig: ${problems.join(', ')}. Set KUBECONFIG to an existing file, or run "maintenant demo" to look around without a cluster.`,
  );
}

function parseFile(path: string): KubeConfig {
  const config = new KubeConfig();
  const folder = dirname(path);
  try {
    config.loadFromString(withTokenFiles(readFileSync(path, 'utf8'), folder));
    config.makePathsAbsolute(folder);
    // Of both, the file counts: it is the one that is renewed.
    config.users = config.users.map(({ token, ...user }) =>
      token === undefined || user.authProvider?.name === 'tokenFile' ? user : { ...user, token },
    );
  } catch (cause) {
    const message = cause instanceof TypeError ? 'it is empty or no mapping' : firstLine(cause);
    throw new KubeConfigError(
      `${path} is no kubeconfig (${message}): write it anew, for instance with "kubectl config view --raw", or set KUBECONFIG to another file.`,
      { cause },
    );
  }
  return config;
}

const tokenFile = /(["']?)\btokenFile\1[ \t]*:[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',{}#][^\n,}#]*)/g;

/**
 * KubeConfig passes over `tokenFile` of a user, who would then be nobody at all, but it knows a file with a token by
 * another name, which kubectl does not: there it is put. Like all paths of the file it is relative to it.
 */
function withTokenFiles(text: string, folder: string): string {
  if (/\bname["']?[ \t]*:[ \t]*["']?tokenFile\b/.test(text)) return text;
  return text.replace(tokenFile, (_all, _quote, value: string) => {
    const file = resolve(folder, value.replace(/^(["'])(.*)\1$/, '$2').trim());
    return `"auth-provider": {"name": "tokenFile", "config": {"tokenFile": ${JSON.stringify(file)}}} `;
  });
}

function parseServer(text: string, where: string): URL {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new KubeConfigError(`server "${text}" of ${where} is no URL: write it as https://HOST:PORT.`);
}

function checkFile(path: string | undefined, what: string): void {
  if (!path) return;
  const problem = unreadable(path);
  if (problem !== null)
    throw new KubeConfigError(`${what} is ${path}, which ${problem}: correct the path in the kubeconfig.`);
}

/** Why the file cannot be read, or null. */
function unreadable(path: string): string | null {
  try {
    readFileSync(path);
    return null;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
    if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
    if (code === 'EISDIR') return 'is a directory';
    return `cannot be read (${firstLine(error)})`;
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
