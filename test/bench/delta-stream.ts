import http from 'node:http';
import { once } from 'node:events';
import * as z from 'zod';
import { monotonicMs } from './machine.ts';

/** Reads the product's stream as a page does, for as long as it lives, and keeps nothing of it. */
export interface DeltaStream {
  /** Bytes that came so far. */
  readonly bytes: number;
  readonly deltas: number;
  /** Times that the server told to read everything again, and a sudden end. */
  readonly resyncs: number;
  close(): void;
}

const deltaSchema = z.object({
  upserts: z.array(z.object({ key: z.string(), state: z.string(), availability: z.object({ ready: z.number() }) })),
});
export type Row = z.infer<typeof deltaSchema>['upserts'][number];

/** @param onRow told of each row of each delta, with the time at which its last byte was here (`monotonicMs`). */
export async function openDeltaStream(url: string, onRow: (row: Row, at: number) => void): Promise<DeltaStream> {
  const request = http.get(new URL('api/v1/stream', url), { agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const seen = { bytes: 0, deltas: 0, resyncs: 0, close: () => request.destroy() };
  let pending = '';
  response.setEncoding('utf8');
  response.on('error', () => (seen.resyncs += 1));
  request.on('error', () => (seen.resyncs += 1));
  response.on('data', (chunk: string) => {
    const at = monotonicMs();
    seen.bytes += chunk.length;
    // Searched only where something new came: a delta of a storm is longer than many chunks.
    if (!chunk.includes('\n')) {
      pending += chunk;
      return;
    }
    const blocks = (pending + chunk).split('\n\n');
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      if (/^event: resync$/m.test(block)) seen.resyncs += 1;
      if (!/^event: delta$/m.test(block)) continue;
      seen.deltas += 1;
      const data = /^data: (.*)$/m.exec(block)?.[1] ?? '';
      for (const row of deltaSchema.parse(JSON.parse(data)).upserts) onRow(row, at);
    }
  });
  return seen;
}
