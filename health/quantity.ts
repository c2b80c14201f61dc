import type { ResourceList } from './kubernetes.ts';
import type { Resources } from './verdict.ts';

/**
 * Kubernetes quantities as plain numbers: cores for CPU, bytes for memory.
 *
 * Grammar: https://github.com/kubernetes/apimachinery/blob/v0.36.3/pkg/api/resource/quantity.go (the comment on
 * `Quantity`). Read here with floating point: sums of thousands of pods stay exact below 2^53, which is 8 PiB.
 */

const decimal: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

const binary: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** `500m` → 0.5, `1Gi` → 1073741824, `1e3` → 1000; null when the text is no quantity. */
export function parseQuantity(text: string): number | null {
  const last = text.charCodeAt(text.length - 1);
  if (last >= 48 && last <= 57) return plainNumber(text);
  const unit = binary[text.slice(-2)];
  if (unit !== undefined) return scaled(text.slice(0, -2), unit);
  const prefix = decimal[text.slice(-1)];
  if (prefix !== undefined) return scaled(text.slice(0, -1), prefix);
  // `1.` is a quantity, and so is nothing else that ends neither in a digit nor in a unit.
  return last === 46 ? plainNumber(text) : null;
}

/** CPU in cores and memory in bytes of one container; null where nothing (or nothing readable) is set. */
export function resourcesOf(list: ResourceList): Resources {
  const cpu = list['cpu'];
  const memory = list['memory'];
  return {
    cpuCores: cpu === undefined ? null : parseQuantity(cpu),
    memoryBytes: memory === undefined ? null : parseQuantity(memory),
  };
}

export const noResources: Resources = { cpuCores: null, memoryBytes: null };

function scaled(text: string, unit: number): number | null {
  const value = plainNumber(text);
  if (value === null) return null;
  // Dividing keeps `100m` at 0.1 where multiplying by 1e-3 gives 0.1 + 1e-17.
  return unit < 1 ? value / Math.round(1 / unit) : value * unit;
}

/** A number with an optional sign, point and exponent, as Kubernetes writes it: no blanks, no hex, no Infinity. */
function plainNumber(text: string): number | null {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const isDigit = code >= 48 && code <= 57;
    // . + - e E
    if (!isDigit && code !== 46 && code !== 43 && code !== 45 && code !== 101 && code !== 69) return null;
  }
  if (text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
