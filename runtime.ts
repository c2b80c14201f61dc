import type { Runtime } from './settings.ts';

/**
 * Which runtime to watch, in this order: the explicit setting, a pod's own environment, a kubeconfig file.
 * Pure: what it needs of the machine is handed in.
 */
export interface RuntimeFacts {
  readonly setting: Runtime | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeKubeconfig: string;
  readonly exists: (path: string) => boolean;
}

/** Whose credentials: the pod's own, or those of kubeconfig files. */
export type CredentialsFrom = 'pod' | 'kubeconfig';

export type DetectedRuntime =
  | { readonly runtime: 'kubernetes'; readonly detectedBy: string; readonly credentialsFrom: CredentialsFrom }
  | { readonly runtime: 'demo'; readonly detectedBy: string }
  | { readonly runtime: 'none'; readonly detectedBy: string };

export function detectRuntime(facts: RuntimeFacts): DetectedRuntime {
  if (facts.setting === 'demo') return { runtime: 'demo', detectedBy: 'MAINTENANT_RUNTIME=demo' };
  const configured = configuredCluster(facts);
  if (facts.setting === 'kubernetes') {
    return {
      runtime: 'kubernetes',
      detectedBy: 'MAINTENANT_RUNTIME=kubernetes',
      // Nothing configured: the file's absence is reported by whoever reads it, with its path.
      credentialsFrom: configured?.credentialsFrom ?? 'kubeconfig',
    };
  }
  if (configured !== null) return { runtime: 'kubernetes', ...configured };
  return {
    runtime: 'none',
    detectedBy: `KUBERNETES_SERVICE_HOST and KUBECONFIG are unset and ${facts.homeKubeconfig} does not exist`,
  };
}

function configuredCluster(facts: RuntimeFacts): { detectedBy: string; credentialsFrom: CredentialsFrom } | null {
  const { KUBERNETES_SERVICE_HOST: serviceHost, KUBECONFIG: kubeconfig } = facts.environment;
  if (serviceHost) {
    return { detectedBy: `KUBERNETES_SERVICE_HOST=${serviceHost} (running in a pod)`, credentialsFrom: 'pod' };
  }
  if (kubeconfig) return { detectedBy: `KUBECONFIG=${kubeconfig}`, credentialsFrom: 'kubeconfig' };
  if (facts.exists(facts.homeKubeconfig)) {
    return { detectedBy: `${facts.homeKubeconfig} exists`, credentialsFrom: 'kubeconfig' };
  }
  return null;
}
