import type { StorageStatus } from '../store/store.ts';
import type { ClusterStatus, WatchStatus } from './cluster.ts';
import type { ApiConfig } from './config.ts';
import type { DoctorCheck, License } from './contract.ts';
import { isLoopback } from './edge.ts';

/**
 * What is wrong with the installation, told with its fix: everything that would otherwise make a page silently emptier
 * or older than the cluster. A pure function of what the running parts say.
 */
export interface DoctorFacts {
  readonly status: ClusterStatus;
  readonly storage: StorageStatus;
  readonly license: License;
  readonly config: ApiConfig;
}

/** Below this SQLite's checkpoints and the backup before a migration may not fit. */
const scarceBytes = 64 * 1024 * 1024;

export function examine({ status, storage, license, config }: DoctorFacts): DoctorCheck[] {
  return [
    connection(status),
    rights(status),
    sync(status),
    metrics(status),
    disk(storage),
    space(storage),
    access(config),
    hosts(config),
    ...(license.status === 'none' ? [] : [licensing(license)]),
  ];
}

function connection({ connected, server, detectedBy, watches }: ClusterStatus): DoctorCheck {
  const check = { id: 'connection', title: 'Connection to the cluster' };
  if (connected) return { ...check, status: 'ok', message: `Connected to ${server} (${detectedBy}).`, fix: null };
  const reason = watches.find(({ state, message }) => state === 'disconnected' && message !== null)?.message ?? null;
  return {
    ...check,
    status: 'failed',
    message: `${server} ${reason === null ? 'does not answer' : `cannot be read (${reason})`}; the last known picture is shown and marked stale.`,
    fix: `${fixOf(reason ?? '')}; the connection is retried without end.`,
  };
}

/** A server that refuses us is up: whoever looks at networks then looks in the wrong place. */
function fixOf(reason: string): string {
  if (reason.startsWith('no credentials'))
    return 'Make what gives the credentials work for this user: the kubeconfig, its plugin or its token file';
  if (/\bUnauthorized\b|\b401\b/i.test(reason))
    return 'Renew the credentials, which the API server does not accept: the token or certificate may have expired';
  if (/certificate|\bCERT_/i.test(reason))
    return 'Give the CA of the API server in the kubeconfig (certificate-authority-data), and its name in the address; renew a certificate that has expired';
  return 'Check that the API server is up and reachable from here';
}

function rights({ watches, scope }: ClusterStatus): DoctorCheck {
  const check = { id: 'rights', title: 'Rights' };
  const refused = watches.filter(({ state }) => state === 'forbidden');
  const unread = watches.filter(({ state, resourceVersion }) => resourceVersion === null && isOnTheWay(state));
  if (refused.length === 0 && unread.length > 0) {
    return {
      ...check,
      status: 'warning',
      message: `Not known yet: nothing was read so far of ${listed(unread)}.`,
      fix: null,
    };
  }
  if (refused.length === 0) return { ...check, status: 'ok', message: 'Everything in scope may be read.', fix: null };
  const role = scope.mode === 'allowlist' ? 'Role in each of these namespaces' : 'ClusterRole';
  const resources = [...new Set(refused.map(({ resource }) => resource))].join(', ');
  return {
    ...check,
    status: 'notPermitted',
    message: `Not permitted: ${listed(refused)}. What they would have told is missing; nothing is guessed.`,
    fix: `Grant get, list and watch on ${resources} in the ${role}; it is noticed within minutes.`,
  };
}

function isOnTheWay(state: WatchStatus['state']): boolean {
  return state === 'syncing' || state === 'disconnected';
}

function sync({ synced, watches }: ClusterStatus): DoctorCheck {
  const check = { id: 'sync', title: 'Completeness of the picture' };
  const away = watches.filter(({ state }) => state === 'disconnected' || state === 'unavailable');
  const absent = away.flatMap(({ resource, namespace, state }) =>
    resource === 'namespaces' && namespace !== null && state === 'unavailable' ? [namespace] : [],
  );
  if (absent.length > 0 && absent.length === away.length) {
    return {
      ...check,
      status: 'failed',
      message: `Of the allowlist these namespaces do not exist: ${shortened(absent)}.`,
      fix: 'Correct MAINTENANT_K8S_NAMESPACES, or create them: they are noticed by themselves.',
    };
  }
  if (away.length > 0) {
    return {
      ...check,
      status: 'failed',
      message:
        `Not being watched: ${listed(away)}. ${away.find(({ message }) => message !== null)?.message ?? ''}`.trim(),
      fix: 'These watches are retried without end; if it lasts, look at the API server and at network policies.',
    };
  }
  if (!synced) {
    return { ...check, status: 'warning', message: 'The first complete list is still being read.', fix: null };
  }
  const objects = watches.reduce((sum, watch) => sum + watch.objects, 0);
  return { ...check, status: 'ok', message: `${watches.length} watches hold ${objects} objects.`, fix: null };
}

function metrics({ metrics }: ClusterStatus): DoctorCheck {
  const check = { id: 'metrics', title: 'CPU and memory' };
  const message = metrics.message;
  switch (metrics.state) {
    case 'available':
      return { ...check, status: 'ok', message: message ?? 'metrics-server answers.', fix: null };
    case 'pending':
      return { ...check, status: 'ok', message: message ?? 'Waiting for the first sample.', fix: null };
    case 'notInstalled':
      return {
        ...check,
        status: 'warning',
        message: message ?? 'This cluster has no metrics-server; usage is not shown, everything else works.',
        fix: 'Install metrics-server, for instance with its Helm chart; it is noticed by itself.',
      };
    case 'forbidden':
      return {
        ...check,
        status: 'notPermitted',
        message: message ?? 'Reading pods of metrics.k8s.io is not permitted.',
        fix: 'Grant get and list on pods in the API group metrics.k8s.io.',
      };
    case 'failing':
      return {
        ...check,
        status: 'failed',
        message: message ?? 'metrics-server does not answer.',
        fix: 'Look at the logs of metrics-server; the request is repeated every interval.',
      };
    default:
      return metrics.state satisfies never;
  }
}

function disk({ state, message, path, journalMode }: StorageStatus): DoctorCheck {
  const check = { id: 'storage', title: 'History on disk' };
  if (state === 'ok') return { ...check, status: 'ok', message: `${path}, journal mode ${journalMode}.`, fix: null };
  return {
    ...check,
    status: state === 'recovering' ? 'warning' : 'failed',
    message: message ?? `${path} cannot be written.`,
    fix: 'The page goes on from memory; free space on the volume or make it writable, and writing resumes by itself.',
  };
}

function space({ fileBytes, volumeFreeBytes }: StorageStatus): DoctorCheck {
  const check = { id: 'space', title: 'Space for history' };
  const used = `${binaryAmount(fileBytes)} used`;
  if (volumeFreeBytes === null) {
    return { ...check, status: 'warning', message: `${used}; the free space of the volume is unknown.`, fix: null };
  }
  const message = `${used}, ${binaryAmount(volumeFreeBytes)} free.`;
  if (volumeFreeBytes >= scarceBytes) return { ...check, status: 'ok', message, fix: null };
  return {
    ...check,
    status: 'warning',
    message,
    fix: 'Enlarge the volume, or shorten MAINTENANT_RETENTION; the oldest history goes first.',
  };
}

function access({ auth, address }: ApiConfig): DoctorCheck {
  const check = { id: 'access', title: 'Who may look' };
  if (auth.mode !== 'none') {
    return { ...check, status: 'ok', message: `Access is checked (MAINTENANT_AUTH=${auth.mode}).`, fix: null };
  }
  if (isLoopback(address.host)) {
    return { ...check, status: 'ok', message: 'Only this machine can reach the page.', fix: null };
  }
  return {
    ...check,
    status: 'warning',
    message: 'Everybody who reaches the port can read names, messages and logs of everything in scope.',
    fix: 'Put a proxy that signs people in before it, or set MAINTENANT_AUTH to token or forward.',
  };
}

function hosts({ auth, address, allowedHosts }: ApiConfig): DoctorCheck {
  const check = { id: 'hosts', title: 'Names of this server' };
  const isOpen = allowedHosts.length === 0 && !isLoopback(address.host);
  if (!isOpen || auth.mode !== 'none') {
    return {
      ...check,
      status: 'ok',
      message: 'A stranger’s page cannot read this one under a name of its own.',
      fix: null,
    };
  }
  return {
    ...check,
    status: 'warning',
    message: 'Any host name is answered, so a page in a browser that reaches this port could read it by DNS rebinding.',
    fix: 'Set MAINTENANT_ALLOWED_HOSTS to the names under which the page is asked for.',
  };
}

function licensing({ status, message, organisation }: License): DoctorCheck {
  const check = { id: 'license', title: 'License' };
  if (status === 'valid') return { ...check, status: 'ok', message: `Licensed to ${organisation ?? ''}.`, fix: null };
  return {
    ...check,
    status: 'warning',
    message: message ?? 'The license key is not valid.',
    fix: 'Nothing is switched off; replace MAINTENANT_LICENSE_KEY, or unset it.',
  };
}

/** At most this many watches are named in one sentence. */
const limitNamed = 6;

function listed(watches: readonly WatchStatus[]): string {
  return shortened(
    watches.map(({ resource, namespace }) => (namespace === null ? resource : `${resource} in ${namespace}`)),
  );
}

function shortened(names: readonly string[]): string {
  const more = names.length - limitNamed;
  return names.slice(0, limitNamed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** `1.0 MiB`, `60.4 GiB`. */
function binaryAmount(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes < 1024 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}
