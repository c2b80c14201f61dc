import { type Simulator, startSimulator } from './simulator.ts';
import { World } from './world/world.ts';

/**
 * What `maintenant demo` watches: the simulated API server on a loopback port with a living cluster behind it.
 * @param seed the same seed tells the same story
 */
export async function startDemo(seed: number, signal: AbortSignal): Promise<Simulator> {
  const simulator = await startSimulator({ historyLimit: 5_000, traits: { tokens: { demo: 'demo' } } });
  new World(simulator, seed).start(signal);
  return simulator;
}
