import { CredentialSource } from '../../controller/kubernetes/credentials.ts';
import { HttpTransport } from '../../controller/kubernetes/http-transport.ts';
import { startSimulator } from '../../simulator/simulator.ts';
import { tooManyRequests } from '../../simulator/faults.ts';
import { apiServerContract, type ServerUnderTest } from './apiserver.contract.ts';
import type { Answer } from './recorded.ts';

const administrator = 'administrator';
const powerless = 'powerless';

async function start(minor: string, streamsLists: boolean): Promise<ServerUnderTest> {
  const simulator = await startSimulator({
    traits: {
      gitVersion: `v${minor}.0`,
      watchList: streamsLists ? 'on' : 'refused',
      tokens: { [administrator]: 'administrator', [powerless]: 'powerless' },
      denied: [{ user: 'powerless' }],
    },
  });
  simulator.metrics.installed = false;
  const credentials = new CredentialSource({ type: 'kubeconfig', paths: [simulator.kubeconfigPath] });
  const transport = new HttpTransport({ credentials, userAgent: 'contract', environment: {} });

  async function get(
    path: string,
    options: { readonly accept?: string; readonly token?: string | null } = {},
  ): Promise<Answer> {
    const token = options.token === undefined ? administrator : options.token;
    const response = await fetch(simulator.url + path, {
      headers: {
        accept: options.accept ?? 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  }

  const { store } = simulator;
  return {
    kubernetesVersion: null,
    minor,
    streamsLists,
    transport,
    get,
    createNamespace: async (name) => void store.create('namespaces', { metadata: { name } }),
    createService: async (namespace, name) =>
      void store.create('services', { metadata: { namespace, name }, spec: {} }),
    labelService: async (namespace, name, value) =>
      void store.update('services', namespace, name, (body) => ({
        ...body,
        metadata: { ...body.metadata, labels: { value } },
      })),
    deleteService: async (namespace, name) => void store.delete('services', namespace, name),
    createPod: async (namespace, name, containers) =>
      void store.create('pods', {
        metadata: { namespace, name },
        spec: { containers: containers.map((container) => ({ name: container, image: 'example' })) },
        status: { phase: 'Pending' },
      }),
    setPodPhase: async (namespace, name, phase) => void store.patchStatus('pods', namespace, name, { phase }),
    forgetHistory: async () => store.compact(),
    powerlessToken: () => Promise.resolve(powerless),
    tooManyRequests: () => {
      simulator.api.faults.add(tooManyRequests);
      return get('/api/v1/services');
    },
    stop: async () => {
      await transport.close();
      await simulator.stop();
    },
  };
}

apiServerContract('simulator', () => start('1.36', true));
apiServerContract('simulator without WatchList', () => start('1.33', false));
