/**
 * Usage numbers as bytes. One row a minute holds all workloads (12 bytes each: id, cores, bytes), because a row per
 * workload and minute costs 22 bytes and a page of the file each. 32-bit floats: 7 digits, a GiB to 64 bytes.
 */

export interface Usage {
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

const sampleBytes = 12;
const pointBytes = 4;

export function encodeSamples(samples: ReadonlyMap<number, Usage>): Buffer {
  const bytes = Buffer.allocUnsafe(samples.size * sampleBytes);
  const ids = [...samples.keys()].sort((left, right) => left - right);
  let offset = 0;
  for (const id of ids) {
    const usage = samples.get(id);
    if (usage === undefined) continue;
    bytes.writeUInt32LE(id, offset);
    bytes.writeFloatLE(usage.cpuCores, offset + 4);
    bytes.writeFloatLE(usage.memoryBytes, offset + 8);
    offset += sampleBytes;
  }
  return bytes;
}

export function decodeSamples(bytes: Buffer): Map<number, Usage> {
  const samples = new Map<number, Usage>();
  for (let offset = 0; offset + sampleBytes <= bytes.length; offset += sampleBytes) {
    samples.set(bytes.readUInt32LE(offset), usageAt(bytes, offset + 4));
  }
  return samples;
}

export function forEachSample(bytes: Buffer, visit: (id: number, cpuCores: number, memoryBytes: number) => void): void {
  for (let offset = 0; offset + sampleBytes <= bytes.length; offset += sampleBytes) {
    visit(bytes.readUInt32LE(offset), bytes.readFloatLE(offset + 4), bytes.readFloatLE(offset + 8));
  }
}

/** The sample of one workload by binary search, or null. */
export function findSample(bytes: Buffer, id: number): Usage | null {
  let low = 0;
  let high = Math.floor(bytes.length / sampleBytes) - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = bytes.readUInt32LE(middle * sampleBytes);
    if (found === id) return usageAt(bytes, middle * sampleBytes + 4);
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return null;
}

/**
 * A row of points with gaps, four bytes each: two 16-bit numbers on a logarithmic scale. 1,024 steps to a doubling are
 * within 0.04 % of the value, finer than a chart is drawn, and half of what floats take.
 */
export function encodePoints(points: readonly (Usage | null)[]): Buffer {
  const bytes = Buffer.allocUnsafe(points.length * pointBytes);
  points.forEach((point, index) => {
    bytes.writeUInt16LE(point === null ? absent : encodeNumber(point.cpuCores), index * pointBytes);
    bytes.writeUInt16LE(point === null ? absent : encodeNumber(point.memoryBytes), index * pointBytes + 2);
  });
  return bytes;
}

export function decodePoints(bytes: Buffer): (Usage | null)[] {
  const points: (Usage | null)[] = [];
  for (let offset = 0; offset + pointBytes <= bytes.length; offset += pointBytes) {
    const cpu = bytes.readUInt16LE(offset);
    const memory = bytes.readUInt16LE(offset + 2);
    points.push(cpu === absent ? null : { cpuCores: decodeNumber(cpu), memoryBytes: decodeNumber(memory) });
  }
  return points;
}

const absent = 0xffff;
const stepsPerDoubling = 1_024;
/** 2^-16: 15 millionths of a core; what is less is nothing. The largest number is 2^47, 140 TB. */
const smallestExponent = -16;

function encodeNumber(value: number): number {
  if (!(value >= 2 ** smallestExponent)) return 0;
  const steps = Math.round((Math.log2(value) - smallestExponent) * stepsPerDoubling) + 1;
  return Math.min(steps, absent - 1);
}

function decodeNumber(code: number): number {
  return code === 0 ? 0 : 2 ** ((code - 1) / stepsPerDoubling + smallestExponent);
}

function usageAt(bytes: Buffer, offset: number): Usage {
  return { cpuCores: bytes.readFloatLE(offset), memoryBytes: bytes.readFloatLE(offset + 4) };
}
