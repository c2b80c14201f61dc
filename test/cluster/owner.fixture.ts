import { startCluster } from './control-plane.ts';

// Starts a cluster and tells its parent what runs; the parent then kills this process without a warning.
const { processes, directory } = await startCluster({ nodes: 1 });
process.send?.({ pids: [...processes.values()], directory });
